// SPDX-License-Identifier: Apache-2.0

import SSOSyncCore
import Testing

@Suite("A server's certificate, as the doctor sees it")
struct CertificateTests {
    private static let now = Timestamp(secondsSince1970: 1_795_332_180)

    @Test(arguments: [(Int64(31), HealthCheck.Status.good), (30, .good), (29, .warning), (0, .warning)])
    func `is a warning once it holds for less than 30 days`(days: Int64, status: HealthCheck.Status) {
        let check = HealthCheck.ofCertificate(
            until: Self.now.advanced(bySeconds: days * 86_400),
            at: "db:1",
            now: Self.now
        )
        #expect(check.status == status)
        #expect(check.remedy.isEmpty == (status == .good))
        #expect(check.found.contains("for \(days) days"), "\(check)")
    }

    @Test func `is skipped where nobody says until when it holds`() {
        #expect(HealthCheck.ofCertificate(until: nil, at: "db:1").status == .skipped)
    }

    @Test func `a time as OpenSSL prints it is read, with one digit of a day or two`() {
        #expect(Timestamp(certificate: "Nov  6 09:05:00 2027 GMT") == Timestamp("2027-11-06T09:05:00Z"))
        #expect(Timestamp(certificate: "Feb 29 23:59:59 2028 GMT") == Timestamp("2028-02-29T23:59:59Z"))
        for text in ["", "Nov 6 09:05:00 2027", "Foo  6 09:05:00 2027 GMT"] {
            #expect(Timestamp(certificate: text) == nil, "\(text)")
        }
    }
}
