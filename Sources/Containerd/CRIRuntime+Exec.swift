extension CRIRuntime {
    public func execSync(_ command: [String], in id: String, timeoutSeconds: Int64) async throws -> ExecResult {
        var request = CRIExecSyncRequest()
        request.containerID = id
        request.cmd = command
        request.timeout = max(0, timeoutSeconds)
        // No limit at the runtime for zero, as `timeout` says there; the call must not end before the command.
        let time: Duration = timeoutSeconds > 0 ? .seconds(timeoutSeconds + 10) : .seconds(3600)
        let response: CRIExecSyncResponse = try await call("ExecSync", request, within: time, repeatable: false)
        return ExecResult(
            stdout: Array(response.stdout), stderr: Array(response.stderr), exitCode: response.exitCode)
    }

    public func exec(_ command: [String], in id: String, streams: StreamOptions) async throws -> String {
        var request = CRIExecRequest()
        request.containerID = id
        request.cmd = command
        request.tty = streams.terminal
        request.stdin = streams.stdin
        request.stdout = streams.stdout
        request.stderr = streams.stderr
        let response: CRIStreamingURL = try await call("Exec", request)
        return response.url
    }

    public func attach(to id: String, streams: StreamOptions) async throws -> String {
        var request = CRIAttachRequest()
        request.containerID = id
        request.tty = streams.terminal
        request.stdin = streams.stdin
        request.stdout = streams.stdout
        request.stderr = streams.stderr
        let response: CRIStreamingURL = try await call("Attach", request)
        return response.url
    }
}
