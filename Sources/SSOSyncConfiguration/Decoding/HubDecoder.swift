// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Reads what a hub sends where; what is the matter goes to the element's log.
struct HubDecoder {
    private let element: Element

    init(_ element: Element) { self.element = element }

    func decode() -> HubConfiguration? {
        guard let fields = element.fields(["key", "snapshots", "spokes"]) else { return nil }
        let key = fields.required("key", "the key in KMS that signs what is sent")?.text(expected: "a key's id or ARN")
        let snapshots = fields.required("snapshots", "where snapshots are written, a place for each Region of spokes")
            .flatMap { Self.list($0, of: "a list of places, for example - s3: s3://bucket/prod.json", Self.copy) }
        let spokes = fields.required("spokes", "whom work is sent to")
            .flatMap { Self.list($0, of: "a list of functions that work on databases", Self.spoke) }
        if let spokes { checkNames(spokes) }
        guard let key, let snapshots, let spokes else { return nil }
        return HubConfiguration(key: key, snapshots: snapshots, spokes: spokes)
    }

    /// A list that is not empty and has nothing wrong in it.
    private static func list<Value>(
        _ element: Element,
        of what: String,
        _ decode: (Element) -> Value?
    ) -> [Value]? {
        guard let elements = element.elements(of: what) else { return nil }
        if elements.isEmpty { element.complain("expected \(what), found an empty one") }
        let values = elements.map(decode)
        return values.contains { $0 == nil } ? nil : values.compactMap(\.self)
    }

    private static func copy(_ element: Element) -> HubConfiguration.Copy? {
        guard let fields = element.fields(["s3", "region"]) else { return nil }
        let place = fields.required("s3", "the place in S3, such as s3://bucket/prod.json")?.s3Location()
        let region = fields["region"].map { $0.region() } ?? ""
        guard let place, let region else { return nil }
        return HubConfiguration.Copy(s3: place, region: region.isEmpty ? nil : region)
    }

    // MARK: Spokes

    private static func spoke(_ element: Element) -> HubConfiguration.Spoke? {
        guard let fields = element.fields(["name", "queueUrl", "region", "targets", "groups"]) else { return nil }
        let name = fields.required("name", "what the spoke is called in logs").flatMap(Self.name)
        let queue = fields.required("queueUrl", "the address of the queue that it has its messages from")
            .flatMap { Self.queue($0, region: fields["region"]) }
        let targets = fields.required("targets", "the names of its targets, as its own configuration has them")
            .flatMap { Self.list($0, of: "a list of targets") { $0.name().map { TargetName($0) } } }
        let groups = fields.required("groups", "the groups that its targets map").flatMap(Self.groups)
        guard let name, let queue, let targets, let groups else { return nil }
        guard Set(targets).count == targets.count else {
            fields["targets"]?.complain("a target stands here twice")
            return nil
        }
        return HubConfiguration.Spoke(
            name: name,
            queueURL: queue.url,
            region: queue.region,
            targets: targets,
            groups: groups
        )
    }

    /// A spoke keeps its reports in a folder of its name, beside those of years.
    private static func name(_ element: Element) -> String? {
        guard let name = element.name() else { return nil }
        guard ReportsConfiguration.isYear(name) else { return name }
        element.complain("expected another name than that of a year, found \(Printable.quoted(name))")
        return nil
    }

    /// An address says which Region it is in, unless it is of a stand-in or an endpoint of one's own.
    private static func queue(_ element: Element, region given: Element?) -> (url: String, region: String)? {
        let expected = "the address of a queue, with https, such as \(SQSQueueAddress.example)"
        let region = given.map { $0.region() } ?? ""
        guard let text = element.text(expected: expected), let region else { return nil }
        guard let address = SQSQueueAddress(text) else {
            element.complain("expected \(expected), found \(Printable.quoted(text))")
            return nil
        }
        guard let region = region.isEmpty ? address.region : region else {
            element.complain("this address does not say which Region the queue is in: give region beside it")
            return nil
        }
        return (address.url, region)
    }

    /// A list of names, or a mapping of names to the ids that they are pinned to.
    private static func groups(_ element: Element) -> [DirectoryRequest.Group]? {
        let groups: [DirectoryRequest.Group?]
        if case .object = element.value.content {
            groups = (element.members() ?? []).map { member in
                guard !member.key.isEmpty else {
                    element.complain("a group's name is empty")
                    return nil
                }
                guard !member.element.isNull else { return DirectoryRequest.Group(name: GroupName(member.key)) }
                return member.element.text(expected: "the group's id, or nothing").map {
                    DirectoryRequest.Group(name: GroupName(member.key), pinnedId: GroupId($0))
                }
            }
        } else {
            guard let names = element.elements(of: "a list of groups, or a mapping of groups to their ids") else {
                return nil
            }
            groups = names.map {
                $0.text(expected: "a group's name").map { DirectoryRequest.Group(name: GroupName($0)) }
            }
        }
        guard !groups.isEmpty else {
            element.complain("expected at least one group, found none")
            return nil
        }
        guard !groups.contains(nil) else { return nil }
        let found = groups.compactMap(\.self)
        guard Set(found.map { $0.name.rawValue.lowercased() }).count == found.count else {
            element.complain("a group stands here twice")
            return nil
        }
        return found.sorted { $0.name < $1.name }
    }

    private func checkNames(_ spokes: [HubConfiguration.Spoke]) {
        for (what, values) in [("name", spokes.map(\.name)), ("queue", spokes.map(\.queueURL))] {
            guard Set(values).count == values.count else {
                element.complain("two spokes have one \(what): a \(what) is of one spoke")
                return
            }
        }
        let pinned = spokes.flatMap(\.groups).filter { $0.pinnedId != nil }
        let ids = Dictionary(grouping: pinned, by: \.name).mapValues { Set($0.map(\.pinnedId)) }
        for name in ids.filter({ $0.value.count > 1 }).keys.sorted() {
            element.complain("group \(Printable.quoted(name.rawValue)) is pinned to several ids: it has one")
        }
    }
}
