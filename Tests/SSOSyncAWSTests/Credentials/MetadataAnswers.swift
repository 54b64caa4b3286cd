// SPDX-License-Identifier: Apache-2.0

/// What endpoints for credentials answer with.
enum MetadataAnswers {
    static let credentials = """
        {"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"s3cr3t-key","Token":"s3cr3t-token",\
        "Expiration":"2099-01-02T03:04:05Z"}
        """
    static let secrets = ["s3cr3t-key", "s3cr3t-token"]
}
