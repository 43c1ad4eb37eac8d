extension CRIRuntime {
    public func images() async throws -> [ImageSummary] {
        let response: CRIListImagesResponse = try await call(
            "ListImages", CRIListImagesRequest(), service: Self.imageService)
        return response.images.map(ImageSummary.init)
    }

    public func image(_ reference: String) async throws -> ImageSummary? {
        let response: CRIImageStatusResponse = try await call(
            "ImageStatus", Self.image(reference), service: Self.imageService)
        return response.hasImage ? ImageSummary(response.image) : nil
    }

    public func pullImage(_ reference: String, credentials: RegistryCredentials?) async throws -> String {
        var request = CRIPullImageRequest()
        request.image.image = reference
        if let credentials { request.auth = CRIAuthConfig(credentials) }
        let response: CRIPullImageResponse = try await call(
            "PullImage", request, service: Self.imageService, within: .seconds(1800))
        return response.imageRef
    }

    public func removeImage(_ reference: String) async throws {
        let _: CRINothing = try await call(
            "RemoveImage", Self.image(reference), service: Self.imageService, within: .seconds(60))
    }

    private static func image(_ reference: String) -> CRIImageRequest {
        var request = CRIImageRequest()
        request.image.image = reference
        return request
    }
}

extension ImageSummary {
    init(_ image: CRIImage) {
        self.init(
            id: image.id, tags: image.repoTags, digests: image.repoDigests, sizeBytes: image.size,
            userID: image.hasUid ? image.uid.value : nil, userName: image.username)
    }
}

extension CRIAuthConfig {
    init(_ credentials: RegistryCredentials) {
        self.init()
        username = credentials.username
        password = credentials.password
        auth = credentials.auth
        identityToken = credentials.identityToken
        registryToken = credentials.registryToken
        serverAddress = credentials.serverAddress
    }
}
