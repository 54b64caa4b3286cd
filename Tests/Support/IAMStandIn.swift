// SPDX-License-Identifier: Apache-2.0

package import SSOSyncAWS

/// What the servers' stand-in for IAM lets in.
package enum IAMStandIn {
    /// The key that it knows.
    package static let credentials = Credentials(
        accessKeyId: "AKIDTESTTESTTEST0001",
        secretAccessKey: "secretsecretsecretsecret"
    )

    /// Login tokens of whoever is asked for.
    package static let tokens = RDSLoginTokenProvider(
        region: "eu-west-1",
        credentials: StaticCredentialsProvider(credentials)
    )
}
