// SPDX-License-Identifier: Apache-2.0

/// An element of an XML document, with the text that is directly in it.
public struct XMLElement: Sendable, Hashable {
    /// Its name, without a namespace's prefix.
    public let name: String
    /// Its text, without that of its children.
    public internal(set) var text: String
    /// The elements in it, in their order.
    public internal(set) var children: [XMLElement]

    /// Puts an element together.
    public init(_ name: String, text: String = "", children: [XMLElement] = []) {
        self.name = name
        self.text = text
        self.children = children
    }

    /// The first child of a name.
    public subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The text at the end of a path of names.
    public func text(at path: String...) -> String? {
        var element = self
        for name in path {
            guard let child = element[name] else { return nil }
            element = child
        }
        return element.text
    }

    /// The elements of a list, such as `<DBClusters><DBCluster>…`; none if it is not there.
    public func list(_ name: String, of member: String) -> [XMLElement] {
        self[name]?.children.filter { $0.name == member } ?? []
    }
}
