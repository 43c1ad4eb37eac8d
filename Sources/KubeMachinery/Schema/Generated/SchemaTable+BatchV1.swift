// Written by tools/generate-schema from tools/kubernetes; change those and run it again.
extension SchemaTable {
    static let batchV1: StaticString = #"""
        package batch/v1
        #CompletionMode Indexed|NonIndexed
        #ConcurrencyPolicy Allow|Forbid|Replace
        #PodFailurePolicyAction Count|FailIndex|FailJob|Ignore
        #PodFailurePolicyOnExitCodesOperator In|NotIn
        #PodReplacementPolicy Failed|TerminatingOrFailed
        @CronJob
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @CronJobSpec ! o
        status 3 @CronJobStatus o
        @CronJobList
        apiVersion 0 s o
        items 2 [@CronJob !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @CronJobSpec
        concurrencyPolicy 3 s o #ConcurrencyPolicy ="Allow"
        failedJobsHistoryLimit 7 i * o =1
        jobTemplate 5 @JobTemplateSpec !
        schedule 1 s !
        startingDeadlineSeconds 2 l * o
        successfulJobsHistoryLimit 6 i * o =3
        suspend 4 b * o =false
        timeZone 8 s * o
        @CronJobStatus
        active 1 [@core/v1.ObjectReference o
        lastScheduleTime 4 t * o
        lastSuccessfulTime 5 t * o
        @Job
        apiVersion 0 s o
        kind 0 s o
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @JobSpec o
        status 3 @JobStatus o
        @JobCondition
        lastProbeTime 3 t o
        lastTransitionTime 4 t o
        message 6 s o
        reason 5 s o
        status 2 s ! #core/v1.ConditionStatus
        type 1 s !
        @JobList
        apiVersion 0 s o
        items 2 [@Job !
        kind 0 s o
        metadata 1 @meta/v1.ListMeta o
        @JobSpec
        activeDeadlineSeconds 3 l * o
        backoffLimit 7 i * o =6
        backoffLimitPerIndex 12 i * o
        completionMode 9 s * o #CompletionMode ="NonIndexed"
        completions 2 i * o
        managedBy 15 s * o
        manualSelector 5 b * o
        maxFailedIndexes 13 i * o
        parallelism 1 i * o
        podFailurePolicy 11 @PodFailurePolicy * o
        podReplacementPolicy 14 s * o #PodReplacementPolicy
        selector 4 @meta/v1.LabelSelector * o
        successPolicy 16 @SuccessPolicy * o
        suspend 10 b * o =false
        template 6 @core/v1.PodTemplateSpec !
        ttlSecondsAfterFinished 8 i * o
        @JobStatus
        active 4 i o
        completedIndexes 7 s o
        completionTime 3 t * o
        conditions 1 [@JobCondition o m p=type
        failed 6 i o
        failedIndexes 10 s * o
        ready 9 i * o
        startTime 2 t * o
        succeeded 5 i o
        terminating 11 i * o
        uncountedTerminatedPods 8 @UncountedTerminatedPods * o
        @JobTemplateSpec
        metadata 1 @meta/v1.ObjectMeta o
        spec 2 @JobSpec o
        @PodFailurePolicy
        rules 1 [@PodFailurePolicyRule !
        @PodFailurePolicyOnExitCodesRequirement
        containerName 1 s * o
        operator 2 s ! #PodFailurePolicyOnExitCodesOperator
        values 3 [i ! s
        @PodFailurePolicyOnPodConditionsPattern
        status 2 s #core/v1.ConditionStatus
        type 1 s !
        @PodFailurePolicyRule
        action 1 s ! #PodFailurePolicyAction
        onExitCodes 2 @PodFailurePolicyOnExitCodesRequirement * o
        onPodConditions 3 [@PodFailurePolicyOnPodConditionsPattern o
        @SuccessPolicy
        rules 1 [@SuccessPolicyRule !
        @SuccessPolicyRule
        succeededCount 2 i * o
        succeededIndexes 1 s * o
        @UncountedTerminatedPods
        failed 2 [s o s
        succeeded 1 [s o s
        """#
}
