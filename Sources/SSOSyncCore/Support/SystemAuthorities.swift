// SPDX-License-Identifier: Apache-2.0

/// The authorities that a system vouches for, where nobody names a file of others.
package enum SystemAuthorities {
    /// Where Debian and Ubuntu, and Fedora, RHEL and Amazon Linux, keep the system's bundle.
    package static let bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]

    /// What to do about missing authorities
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html>).
    package static let remedy =
        "For RDS and Aurora, name Amazon's bundle: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
}
