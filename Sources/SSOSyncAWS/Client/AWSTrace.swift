// SPDX-License-Identifier: Apache-2.0

/// The trace that calls belong to, for AWS X-Ray.
///
///     try await AWSTrace.$header.withValue(invocation.traceId) { … }
///
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
public enum AWSTrace {
    /// What calls of this task carry as their header `X-Amzn-Trace-Id`; nil for nothing.
    ///
    /// Proxies may change it on the way, so it is not signed.
    @TaskLocal public static var header: String?
}
