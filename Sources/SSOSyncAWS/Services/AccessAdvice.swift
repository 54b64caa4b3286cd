// SPDX-License-Identifier: Apache-2.0

/// What to allow, to whoever is denied a call.
struct AccessAdvice {
    /// The action, as policies name it.
    let action: String
    /// What it has to be allowed on.
    let resources: [String]

    /// The error, with what mends it before its message if it is a denial.
    func apply(to error: AWSError) -> AWSError {
        // A proxy on the way denies, too, and no policy changes that.
        guard error.code == .accessDenied, error.response?.errorCode != nil else { return error }
        guard error.response?.reason != "KMS_ACCESS_DENIED" else { return error.about(Self.encrypted) }
        return error.about("\(action) is denied: allow it on \(resources.joined(separator: " and ")) to the caller")
    }

    /// What such a key needs: <https://docs.aws.amazon.com/singlesignon/latest/userguide/encryption-at-rest.html>.
    private static let encrypted =
        "the identity store is encrypted with a key of your own that the caller may not use: allow kms:Decrypt on it, in "
        + "the caller's policy and in the key's"
}

extension AccessAdvice {
    /// For an operation of the Identity Store, on a store in a Region
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentitystore.html>).
    init(identityStore operation: String, store: String, region: String) {
        let arn = "arn:\(AWSPartition(region: region).name):identitystore"
        let kinds: [String] =
            switch operation {
            case "ListUsers", "DescribeUser": ["user"]
            case "ListGroups", "DescribeGroup", "GetGroupId": ["group"]
            case "ListGroupMemberships": ["group", "membership"]
            default: ["user", "group", "membership"]
            }
        action = "identitystore:\(operation)"
        resources = ["\(arn)::*:identitystore/\(store)"] + kinds.map { "\(arn):::\($0)/*" }
    }
}

extension AccessAdvice {
    /// For an operation of S3 on an object
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>).
    ///
    /// Without the right to list a bucket, S3 denies what is not there, too
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>).
    init(s3 operation: String, _ location: S3Location, versionId: String?, isLocking: Bool = false, region: String) {
        let bucket = "arn:\(AWSPartition(region: region).name):s3:::\(location.bucket)"
        let object = "\(bucket)/\(location.key)"
        guard operation != "ListObjectsV2" else {
            (action, resources) = ("s3:ListBucket", [bucket])
            return
        }
        let isReading = operation == "GetObject"
        let plain = isReading && versionId != nil ? "s3:GetObjectVersion" : "s3:\(operation)"
        action = isLocking ? "\(plain) and s3:PutObjectRetention" : plain
        resources = isReading ? [object, "s3:ListBucket on \(bucket)"] : [object]
    }

    /// For an operation of KMS on a key
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>).
    init(kms operation: String, key: String, region: String) {
        action = "kms:\(operation)"
        resources = ["KMS key \(key) in \(region)"]
    }

    /// For an operation of DynamoDB on a table
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>).
    init(dynamoDB operation: String, table: String, region: String) {
        action = "dynamodb:\(operation)"
        resources = ["arn:\(AWSPartition(region: region).name):dynamodb:\(region):*:table/\(table)"]
    }
}
