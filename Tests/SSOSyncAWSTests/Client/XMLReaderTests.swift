// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

@testable import SSOSyncAWS

@Suite("XML")
struct XMLReaderTests {
    private func read(_ text: String) throws -> XMLElement { try XMLReader.root(Array(text.utf8)) }

    @Test func `an answer of RDS is taken apart`() throws {
        let root = try read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <DescribeDBClustersResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">
              <DescribeDBClustersResult><DBClusters>
                <DBCluster><Engine>aurora-mysql</Engine><Port>3306</Port><Tags/></DBCluster>
                <DBCluster><Engine>a &amp; b &lt;c&gt; &#x1F600;&#10;</Engine></DBCluster>
              </DBClusters></DescribeDBClustersResult>
            </DescribeDBClustersResponse>
            """
        )
        let clusters = try #require(root["DescribeDBClustersResult"]).list("DBClusters", of: "DBCluster")
        #expect(clusters.map { $0.text(at: "Engine") } == ["aurora-mysql", "a & b <c> 😀\n"])
        #expect(clusters[0].text(at: "Tags") == "")
        #expect(clusters[1].text(at: "Port") == nil)
    }

    @Test func `sections, prefixes and both kinds of quotation marks`() throws {
        let root = try read("<n:a x='1\"' y = \"&lt;'\" ><![CDATA[<b>&amp;]]><?skip me?>t\r\nu\rv</n:a >\n")
        #expect(root == XMLElement("a", text: "<b>&amp;t\nu\nv"))
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a/><b/>", "<a b></a>", "<a b=1/>", "<a b='1' b='2'/>", "<a b='1'c='2'/>",
        "<a>&b;</a>",
        "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x+41;</a>", "<a>&amp</a>", "<a b='<'/>", "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "<a><![CDATA[</a>", "<a><!-- -- --></a>",
        "<1/>", "< a/>", "<a>\u{1}</a>", "<a/>x", "<a><b></a></b>", "<a", "</a>", "<a>&#xFFFF;</a>",
    ])
    func `what is no XML, or asks for more than is read, is refused`(text: String) {
        #expect(throws: XMLReader.Mistake.self) { try read(text) }
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: XMLReader.Mistake.self) { try XMLReader.root(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) }
    }

    @Test func `a document that is too deep is refused`() throws {
        let deep = { (depth: Int) in
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(throws: Never.self) { try read(deep(100)) }
        #expect(throws: XMLReader.Mistake.self) { try read(deep(1_000_000)) }
    }

    // MARK: Properties

    private func element(_ generator: inout SplitMix64, depth: Int = 0) -> XMLElement {
        let count = depth < 4 ? Int.random(in: 0...3, using: &generator) : 0
        let names = ["a", "Long-Name.1", "_x", "ä"]
        return XMLElement(
            names.randomElement(using: &generator) ?? "a",
            text: generator.text(Int.random(in: 0...8, using: &generator)),
            children: (0..<count).map { _ in element(&generator, depth: depth + 1) }
        )
    }

    private func render(_ element: XMLElement, _ generator: inout SplitMix64) -> String {
        var text = ""
        for character in element.text.unicodeScalars {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: text += "&#\(character.value);"
            case 1: text += "&#x\(String(character.value, radix: 16));"
            case 2 where character != ">" && character != "]": text += "<![CDATA[\(character)]]><!-- x -->"
            default: text += ["<": "&lt;", "&": "&amp;", ">": "&gt;"][character] ?? String(character)
            }
        }
        let children = element.children.map { render($0, &generator) }.joined()
        return "<\(element.name) k='v'>\(text)\(children)</\(element.name)\n>"
    }

    @Test func `what is written is what is read`() throws {
        var generator = SplitMix64(seed: 21)
        for _ in 0..<500 {
            let original = element(&generator)
            #expect(try read(render(original, &generator)) == original)
        }
    }

    @Test func `no cut and no change brings it down, and no cut passes`() throws {
        var generator = SplitMix64(seed: 22)
        for _ in 0..<200 {
            let bytes = Array(render(element(&generator), &generator).utf8)
            let end = Int.random(in: 0..<bytes.count, using: &generator)
            #expect(throws: XMLReader.Mistake.self) { try XMLReader.root(Array(bytes[..<end])) }
            var changed = bytes
            changed[end] = UInt8.random(in: 0...255, using: &generator)
            _ = try? XMLReader.root(changed)
        }
    }
}
