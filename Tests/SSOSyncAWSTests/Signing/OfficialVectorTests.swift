// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import Testing

@Suite("AWS's signing test suite")
struct OfficialVectorTests {
    @Test func `the cases are all there`() {
        #expect(OfficialCase.names.count >= 23)
    }

    @Test(arguments: OfficialCase.names, OfficialCase.Mode.allCases)
    func `every step is as published`(name: String, mode: OfficialCase.Mode) throws {
        let example = try OfficialCase(name)
        let signed = try example.signed(mode)
        let expected = try example.expectation(mode)
        #expect(signed.canonicalRequest == expected.canonicalRequest)
        #expect(signed.stringToSign == expected.stringToSign)
        #expect(signed.signature == expected.signature)
    }

    @Test(arguments: OfficialCase.names)
    func `the headers to send are as published`(name: String) throws {
        let example = try OfficialCase(name)
        let sent = try example.signedRequest(.header).headers
        for header in try example.signed(.header).headersToSet {
            let values = sent.filter { $0.name.lowercased() == header.name.lowercased() }.map(\.value)
            #expect(values == [header.value])
        }
    }

    @Test(arguments: OfficialCase.names)
    func `the query to send is as published`(name: String) throws {
        let example = try OfficialCase(name)
        let sent = try example.signedRequest(.query).query
        let query = try parameters(ofQuery: example.signed(.query).query)
        // AWS's own signer sends the parameters in another order, which does not matter.
        #expect(query.count == sent.count)
        #expect(Set(query) == Set(sent))
    }
}
