// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import SSOSyncAWS
import SSOSyncDigest
import Testing

@Suite("Signature Version 4")
struct SigV4SignerTests {
    private static let moment = Date(timeIntervalSince1970: 1_440_938_160)

    private func makeSigner(
        token: String? = nil,
        date: Date = moment,
        options: SigV4Signer.Options = .init()
    ) -> SigV4Signer {
        SigV4Signer(
            credentials: Credentials(accessKeyId: "AKID", secretAccessKey: "key", sessionToken: token),
            region: "eu-west-1",
            service: "service",
            date: date,
            options: options
        )
    }

    private func makeRequest(
        path: String = "/",
        query: [SigV4Request.Field] = [],
        headers: [SigV4Request.Field] = []
    ) -> SigV4Request {
        SigV4Request(method: "GET", path: path, query: query, headers: [.init("Host", "example.com")] + headers)
    }

    /// A line of the canonical request.
    private func line(_ number: Int, of signed: SigV4SignedRequest) -> String {
        String(signed.canonicalRequest.split(separator: "\n", omittingEmptySubsequences: false)[number])
    }

    private func canonicalPath(_ path: String, options: SigV4Signer.Options = .init()) -> String {
        line(1, of: makeSigner(options: options).sign(makeRequest(path: path)))
    }

    @Test(arguments: [
        ("", "/"), ("/", "/"), ("//", "/"), ("/.", "/"), ("/..", "/"), ("/../..", "/"), ("/a", "/a"), ("/a/", "/a/"),
        ("//a//b//", "/a/b/"), ("/a/./b", "/a/b"), ("/a/../b", "/b"), ("/a/b/..", "/a"), ("/a/b/../", "/a/"),
        ("/a/../../b", "/b"), ("/...", "/..."), ("/a.", "/a."), ("/.a/..b", "/.a/..b"), ("/a b", "/a%20b"),
        ("/%2E%2E/a", "/%252E%252E/a"), ("/a%2Fb", "/a%252Fb"), ("/é", "/%C3%A9"), ("/a/\u{301}b", "/a/%CC%81b"),
    ])
    func `resolves and encodes the path`(path: String, expected: String) {
        #expect(canonicalPath(path) == expected)
    }

    @Test(arguments: ["//", "/a//b/./../c", "/./", "/a b/", "/a%20b", "/key%2Fwith%2Fslashes", "/.."])
    func `leaves the path to S3 as it is sent`(path: String) {
        #expect(canonicalPath(path, options: .s3) == path)
    }

    @Test func `normalising and encoding are independent`() {
        #expect(canonicalPath("/a//../%20", options: .init(normalizesPath: false)) == "/a//../%2520")
        #expect(canonicalPath("/a//../%20", options: .init(doubleEncodesPath: false)) == "/%20")
    }

    @Test func `sorts the query by encoded name, then by encoded value`() {
        let query = [("b", "2"), ("a-b", ""), ("a", "z"), ("a", "B"), ("é", "1"), ("a", ""), ("Z", "1"), ("b", "10")]
        let signed = makeSigner().sign(makeRequest(query: query.map { .init($0.0, $0.1) }))
        #expect(signed.query == "%C3%A9=1&Z=1&a=&a=B&a=z&a-b=&b=10&b=2")
        #expect(line(2, of: signed) == signed.query)
    }

    @Test func `encodes every reserved character in the query`() {
        let signed = makeSigner().sign(makeRequest(query: [.init("a b", "+/=&%!*'()~-._ሴ")]))
        #expect(signed.query == "a%20b=%2B%2F%3D%26%25%21%2A%27%28%29~-._%E1%88%B4")
    }

    @Test func `composed and decomposed letters stay different`() {
        let composed = makeSigner().sign(makeRequest(query: [.init("u", "zo\u{EB}")]))
        let decomposed = makeSigner().sign(makeRequest(query: [.init("u", "zoe\u{308}")]))
        #expect(composed.query == "u=zo%C3%AB")
        #expect(decomposed.query == "u=zoe%CC%88")
    }

    @Test func `groups, trims, lowers and sorts headers`() {
        let signed = makeSigner().sign(
            makeRequest(headers: [
                .init("X-B", "  two \t words\r\n folded "), .init("X-A-", "1"), .init("x-a", "2"), .init("X-A", "3"),
                .init("X-Empty", ""),
            ])
        )
        #expect(
            signed.canonicalRequest.contains(
                "\nhost:example.com\nx-a:2,3\nx-a-:1\nx-amz-date:20150830T123600Z\nx-b:two words folded\nx-empty:\n\n"
            )
        )
    }

    @Test(arguments: [
        "Authorization", "Connection", "Expect", "Transfer-Encoding", "Upgrade", "User-Agent", "X-Amzn-Trace-Id",
    ])
    func `leaves out headers that change on the way`(name: String) {
        let plain = makeRequest()
        let more = makeRequest(headers: [.init(name, "value")])
        #expect(makeSigner().sign(more).signature == makeSigner().sign(plain).signature)
        #expect(makeSigner().presign(more, validFor: 60).query == makeSigner().presign(plain, validFor: 60).query)
    }

    @Test func `replaces the headers that it sets`() {
        let stale = makeRequest(headers: [.init("x-amz-date", "old"), .init("X-AMZ-SECURITY-TOKEN", "old")])
        let signer = makeSigner(token: "new")
        #expect(signer.sign(stale).canonicalRequest == signer.sign(makeRequest()).canonicalRequest)
    }

    @Test func `sends and signs the body's hash when told to`() {
        let signed = makeSigner(options: .init(signsBodyHeader: true)).sign(makeRequest())
        let header = SigV4Request.Field("X-Amz-Content-Sha256", SHA256.digest([]).hexadecimal)
        #expect(signed.headersToSet.contains(header))
        #expect(signed.canonicalRequest.contains("\nx-amz-content-sha256:\(header.value)\n"))
    }

    @Test func `adds an omitted session token after signing by headers`() {
        let late = makeSigner(token: "t/1", options: .init(omitsSessionToken: true)).sign(makeRequest())
        let none = makeSigner().sign(makeRequest())
        #expect(late.signature == none.signature)
        #expect(late.canonicalRequest == none.canonicalRequest)
        #expect(late.headersToSet.contains(.init("X-Amz-Security-Token", "t/1")))
    }

    @Test func `adds an omitted session token after signing by query`() throws {
        let late = makeSigner(token: "t/1", options: .init(omitsSessionToken: true))
            .presign(makeRequest(), validFor: 60)
        let none = makeSigner().presign(makeRequest(), validFor: 60)
        #expect(late.signature == none.signature)
        #expect(
            try Set(parameters(ofQuery: late.query))
                == Set(parameters(ofQuery: none.query)).union([.init("X-Amz-Security-Token", "t/1")])
        )
        #expect(late.headersToSet.isEmpty)
    }

    @Test func `a signed session token changes the signature`() {
        #expect(makeSigner(token: "a").sign(makeRequest()).signature != makeSigner().sign(makeRequest()).signature)
    }

    @Test func `what is kept from second to second and from day to day signs as if it were derived anew`() {
        let moments = [0.0, 1, 1, 0, 86_400, 0, 86_401, 0].map { Self.moment.addingTimeInterval($0) }
        for moment in moments {
            let signed = makeSigner(date: moment).sign(makeRequest())
            // The official derivation, from nothing that is kept.
            let day = String(signed.headersToSet[0].value.prefix(8))
            let key = [day, "eu-west-1", "service", "aws4_request"].reduce(Array("AWS4key".utf8)) { key, part in
                SHA256.hmac(key: key, message: part.utf8)
            }
            #expect(signed.stringToSign.contains("\n\(day)/eu-west-1/service/aws4_request\n"))
            #expect(signed.signature == SHA256.hmac(key: key, message: signed.stringToSign.utf8).hexadecimal)
        }
        let days = Set(moments.map { makeSigner(date: $0).sign(makeRequest()).headersToSet[0].value })
        #expect(days == ["20150830T123600Z", "20150830T123601Z", "20150831T123600Z", "20150831T123601Z"])
    }

    @Test func `a header that comes again keeps its values in order, though another of its name was replaced`() {
        let signed = makeSigner(token: "new").sign(
            makeRequest(headers: [
                .init("X-B", "1"), .init("x-amz-security-token", "old"), .init("x-b", "2"),
                .init("X-Amz-Security-Token", "older"),
            ])
        )
        #expect(
            signed.canonicalRequest.contains(
                "\nx-amz-security-token:new\nx-b:1,2\n\nhost;x-amz-date;x-amz-security-token;x-b\n"
            )
        )
    }

    @Test(arguments: [
        (0.0, "19700101T000000Z"), (1_440_938_160.25, "20150830T123600Z"), (1_709_251_199, "20240229T235959Z"),
        (4_102_444_799, "20991231T235959Z"),
    ])
    func `writes the time in UTC and whole seconds`(seconds: Double, expected: String) {
        let signed = makeSigner(date: Date(timeIntervalSince1970: seconds)).sign(makeRequest())
        #expect(signed.headersToSet.first == .init("X-Amz-Date", expected))
        #expect(signed.stringToSign.contains("\n\(expected)\n\(expected.prefix(8))/eu-west-1/service/aws4_request\n"))
    }

    @Test func `the day belongs to the time, up to the last instant before midnight`() {
        let midnight = 1_709_251_200.0
        for offset in stride(from: -1.0, through: 1.0, by: 0.1) {
            let signed = makeSigner(date: Date(timeIntervalSince1970: midnight + offset)).sign(makeRequest())
            let lines = signed.stringToSign.split(separator: "\n")
            #expect(lines[1].prefix(8) == lines[2].prefix(8))
        }
    }
}
