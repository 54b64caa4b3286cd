// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// A directory in a file: people, groups and memberships, for demos, for tests, and for reviewing a change of mappings.
///
/// The file is read anew for every reading of the directory.
public struct FileIdentitySource: IdentitySource {
    /// The directory's id where neither the file nor the configuration gives one.
    public static let defaultId: DirectoryId = "file"

    private let path: String
    private let id: DirectoryId?
    private let accountName: AccountNameAttribute
    private let documents: DocumentReader
    private let now: @Sendable () -> Timestamp

    /// A directory in a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - id: Which directory it is; if the file says so too, both have to agree.
    ///   - accountName: The attribute that account names are made from.
    ///   - documents: Knows the formats.
    ///   - now: The clock.
    public init(
        path: String,
        id: DirectoryId? = nil,
        accountName: AccountNameAttribute = .userName,
        documents: DocumentReader,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.path = path
        self.id = id
        self.accountName = accountName
        self.documents = documents
        self.now = now
    }

    /// Reads the file.
    ///
    /// - Parameter request: The groups, and whom to cover.
    /// - Returns: All that was asked for.
    /// - Throws: ``SyncError`` if the file cannot be read, if anything in it is the matter, or if a group is missing.
    public func directory(_ request: DirectoryRequest) async throws -> Directory {
        let asOf = now()
        let document = try read()
        let groups = try request.found { (wanted) throws(SyncError) in try group(wanted, in: document) }
        let people = document.people.lazy.filter { request.scope.covers($0.id) }.map { $0.person(accountName) }
        return Directory(
            id: try identity(of: document),
            asOf: asOf,
            scope: request.scope,
            people: Array(people),
            groups: groups.map { Self.cut($0, to: request.scope) }
        )
    }

    private func read() throws(SyncError) -> DirectoryDocument {
        do {
            let value = try documents.document(at: path, limit: DocumentReader.directoryLimit)
            return try DirectoryDocument(value, file: path)
        } catch {
            throw SyncError(.source, error.description)
        }
    }

    private func identity(of document: DirectoryDocument) throws(SyncError) -> DirectoryId {
        guard let inFile = document.id, let id, inFile != id else { return id ?? document.id ?? Self.defaultId }
        throw SyncError(
            .source,
            "\(Printable.escaped(path)) is the directory \(inFile), and the configuration expects \(id)"
        )
    }

    private func group(
        _ wanted: DirectoryRequest.Group,
        in document: DirectoryDocument
    ) throws(SyncError) -> DirectoryGroup {
        guard let group = document.groups.first(where: { $0.name == wanted.name }) else {
            let guess = Suggestion.phrase(for: wanted.name.rawValue, among: document.groups.map(\.name.rawValue))
            let name = Printable.quoted(wanted.name.rawValue)
            throw SyncError(.groupMissing, "\(Printable.escaped(path)): there is no group \(name)\(guess)")
        }
        guard wanted.pinnedId == nil || wanted.pinnedId == group.id else {
            throw SyncError(
                .groupMissing,
                "\(Printable.escaped(path)): group \(Printable.quoted(group.name.rawValue)) has the id "
                    + "\(Printable.quoted(group.id.rawValue)), and the configuration pins another: it was created anew. "
                    + "Check who is in it, then pin the new id"
            )
        }
        return group
    }

    private static func cut(_ group: DirectoryGroup, to scope: Scope) -> DirectoryGroup {
        guard scope != .everyone else { return group }
        return DirectoryGroup(id: group.id, name: group.name, members: group.members.filter(scope.covers))
    }
}
