// SPDX-License-Identifier: Apache-2.0

extension HealthCheck {
    /// Whoever is told a month before has time to restart a server when few are at work.
    private static let daysOfWarning: Int64 = 30

    /// For how long a server's certificate still holds.
    ///
    /// - Parameters:
    ///   - end: When it ends; nil if nobody says.
    ///   - place: The server's host and port.
    ///   - now: The time.
    package static func ofCertificate(until end: Timestamp?, at place: String, now: Timestamp = .now) -> HealthCheck {
        guard let end else {
            return HealthCheck("certificate", .skipped, "until when that of \(place) holds is not said")
        }
        let days = (end.secondsSince1970 - now.secondsSince1970) / 86_400
        let found = "that of \(place) holds until \(end), for \(days) \(days == 1 ? "day" : "days")"
        guard days < daysOfWarning else { return HealthCheck("certificate", .good, found) }
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html
        let remedy =
            "aws rds modify-db-instance --db-instance-identifier INSTANCE --ca-certificate-identifier rds-ca-rsa2048-g1 "
            + "--apply-immediately"
        return HealthCheck(
            "certificate",
            .warning,
            found + ": nobody gets in after that. RDS gives a new one so, on a server of your own put one in its place",
            remedy: [remedy]
        )
    }
}

extension Timestamp {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads a time as OpenSSL prints those of certificates: `Nov  6 09:05:00 2027 GMT`; nil for anything else
    /// (<https://docs.openssl.org/3.0/man3/ASN1_TIME_set/>).
    package init?(certificate text: String) {
        let words = text.split(separator: " ")
        guard words.count == 5, words[4] == "GMT", words[3].utf8.count == 4, words[1].utf8.count <= 2,
            let month = Self.months.firstIndex(of: String(words[0]))
        else { return nil }
        func padded(_ text: some StringProtocol) -> String { text.utf8.count < 2 ? "0\(text)" : "\(text)" }
        self.init("\(words[3])-\(padded("\(month + 1)"))-\(padded(words[1]))T\(words[2])Z")
    }
}
