// SPDX-License-Identifier: Apache-2.0

/// Why a call is worth another attempt.
enum RetryReason: Hashable, Sendable {
    /// The service has had enough of us for now.
    case throttling
    /// Something broke that may hold the next time.
    case transient
    /// The time for one attempt was up; costs more, as it took more.
    case timeout

    /// Judges a failure.
    ///
    /// By the error's code first, as the SDKs do: a 400 may mean throttling, and most do not.
    ///
    /// - Returns: Nil if another attempt would fail the same way.
    init?(_ error: AWSError) {
        if let code = error.response?.errorCode {
            if Self.isThrottling(code) {
                self = .throttling
                return
            }
            if Self.transientCodes.contains(code) {
                self = .transient
                return
            }
        }
        if let status = error.response?.status {
            switch status {
            case 429: self = .throttling
            case 500, 502, 503, 504: self = .transient
            default: return nil
            }
            return
        }
        switch error.code {
        case .timedOut: self = .timeout
        case .hostNotFound, .connectFailed, .tlsFailed, .connectionLost, .badResponse: self = .transient
        default: return nil
        }
    }

    /// What another attempt takes from the quota: botocore's constants (`retries/standard.py`).
    var cost: Int { self == .timeout ? 10 : 5 }

    /// Whether a service's error code means that it has had enough of us.
    static func isThrottling(_ code: String) -> Bool { throttlingCodes.contains(code) }

    /// As botocore has them (`retries/standard.py`, `ThrottledRetryableChecker`).
    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]

    /// As botocore has them (`TransientRetryableChecker`), and STS's when it could not ask the identity provider
    /// (`retries/special.py`).
    private static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "IDPCommunicationError",
    ]
}
