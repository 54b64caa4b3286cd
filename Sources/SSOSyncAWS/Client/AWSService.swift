// SPDX-License-Identifier: Apache-2.0

/// A service of AWS, as its published model describes it.
public struct AWSService: Sendable, Hashable {
    /// How a service's calls are put into HTTP.
    public struct WireFormat: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case json(version: String, target: String)
            case query(version: String)
            case rest
        }

        let kind: Kind

        /// JSON, with the operation in a header (AWS JSON 1.0 and 1.1).
        ///
        /// - Parameters:
        ///   - version: `1.0` or `1.1`.
        ///   - target: What stands before the operation in `X-Amz-Target`.
        public static func json(_ version: String, target: String) -> Self {
            Self(kind: .json(version: version, target: target))
        }

        /// A form with the operation in it, answered in XML (AWS query).
        ///
        /// - Parameter version: The API's version, such as `2014-10-31`.
        public static func query(_ version: String) -> Self { Self(kind: .query(version: version)) }

        /// Operations as methods and paths.
        public static let rest = Self(kind: .rest)
    }

    /// The service's id, such as `SSO Admin`; environment variables are named after it.
    public let id: String
    /// The first part of its host names.
    public let endpointPrefix: String
    /// What its requests are signed for.
    public let signingName: String
    /// How its calls are put into HTTP.
    public let format: WireFormat

    /// Describes a service.
    ///
    /// - Parameters:
    ///   - id: The service's id.
    ///   - endpointPrefix: The first part of its host names.
    ///   - signingName: What its requests are signed for; by default as the prefix.
    ///   - format: How its calls are put into HTTP.
    public init(_ id: String, endpointPrefix: String, signingName: String? = nil, _ format: WireFormat) {
        self.id = id
        self.endpointPrefix = endpointPrefix
        self.signingName = signingName ?? endpointPrefix
        self.format = format
    }
}

extension AWSService {
    /// The directory behind IAM Identity Center.
    public static let identityStore = AWSService(
        "identitystore",
        endpointPrefix: "identitystore",
        .json("1.1", target: "AWSIdentityStore")
    )
    /// IAM Identity Center's administration.
    public static let ssoAdmin = AWSService(
        "SSO Admin",
        endpointPrefix: "sso",
        .json("1.1", target: "SWBExternalService")
    )
    /// IAM Identity Center's portal, which changes its tokens into credentials.
    public static let sso = AWSService("SSO", endpointPrefix: "portal.sso", signingName: "awsssoportal", .rest)
    /// The logins to IAM Identity Center, whose calls are not signed.
    public static let ssoOIDC = AWSService("SSO OIDC", endpointPrefix: "oidc", signingName: "sso-oauth", .rest)
    /// RDS and Aurora.
    public static let rds = AWSService("RDS", endpointPrefix: "rds", .query("2014-10-31"))
    /// The Security Token Service.
    public static let sts = AWSService("STS", endpointPrefix: "sts", .query("2011-06-15"))
    /// The Simple Notification Service.
    public static let sns = AWSService("SNS", endpointPrefix: "sns", .query("2010-03-31"))
    /// The Simple Queue Service.
    public static let sqs = AWSService("SQS", endpointPrefix: "sqs", .json("1.0", target: "AmazonSQS"))
    /// EventBridge.
    public static let eventBridge = AWSService(
        "EventBridge",
        endpointPrefix: "events",
        .json("1.1", target: "AWSEvents")
    )
    /// The Simple Storage Service.
    public static let s3 = AWSService("S3", endpointPrefix: "s3", .rest)
    /// The Key Management Service.
    public static let kms = AWSService("KMS", endpointPrefix: "kms", .json("1.1", target: "TrentService"))
    /// CloudTrail.
    public static let cloudTrail = AWSService(
        "CloudTrail",
        endpointPrefix: "cloudtrail",
        .json("1.1", target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101")
    )
    /// DynamoDB.
    public static let dynamoDB = AWSService(
        "DynamoDB",
        endpointPrefix: "dynamodb",
        .json("1.0", target: "DynamoDB_20120810")
    )
}
