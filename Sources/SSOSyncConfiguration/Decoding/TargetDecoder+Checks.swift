// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What can be wrong only between targets.
extension TargetDecoder {
    /// Complains about names that several targets have, at least but for case.
    static func checkNames(_ elements: [Element]) {
        var seen: [String: Int] = [:]
        for (index, element) in elements.enumerated() {
            guard let name = name(of: element) else { continue }
            guard let first = seen[name.text.lowercased()] else {
                seen[name.text.lowercased()] = index
                continue
            }
            name.element.complain("targets[\(first)] has the name \(Printable.quoted(name.text)) already")
        }
    }

    private static func name(of element: Element) -> (text: String, element: Element)? {
        guard case .object(let members) = element.value.content,
            let member = members.first(where: { $0.key == "name" })
        else { return nil }
        let name = Element(member.value, path: .key("name", of: element.path), log: element.log)
        switch member.value.content {
        case .string(let text), .plain(let text): return (text, name)
        default: return nil
        }
    }

    /// Complains about instances that stand in the configuration twice: each would undo what the other's groups say.
    static func checkServers(_ elements: [Element], _ targets: [TargetConfiguration?]) {
        var seen: [TargetConfiguration.Endpoint: String] = [:]
        for (element, target) in zip(elements, targets) {
            guard case .server(let server)? = target?.location else { continue }
            for (index, endpoint) in ([server.writer] + server.readers).enumerated() {
                let key = endpoint.plain
                let place = index == 0 ? "\(element.path)" : "\(element.path).readers[\(index - 1)]"
                guard let first = seen[key] else {
                    seen[key] = place
                    continue
                }
                element.complain("\(place) is the server \(endpoint.host):\(endpoint.port), as \(first) is already")
            }
        }
    }

    /// Complains about clusters and instances that stand in the configuration twice; in other Regions and accounts there may
    /// be some of the same id.
    static func checkLookUps(_ elements: [Element], _ targets: [TargetConfiguration?]) {
        struct Key: Hashable {
            let location: TargetConfiguration.Location
            let region: String?
            let roleArn: String?
        }
        var seen: [Key: String] = [:]
        for (element, target) in zip(elements, targets) {
            guard let target, let id = target.location.id else { continue }
            let key = Key(location: target.location, region: target.region, roleArn: target.roleArn)
            guard let first = seen[key] else {
                seen[key] = "\(element.path)"
                continue
            }
            element.complain("\(element.path) is \(id), as \(first) is already")
        }
    }

    /// Complains about targets that are to wait for a later ring than the first where nothing says which one the rollout has
    /// reached: without a word they would not wait at all.
    static func checkRings(_ elements: [Element], _ targets: [TargetConfiguration?], _ rollout: RolloutConfiguration?) {
        guard rollout?.ring == nil else { return }
        for (element, target) in zip(elements, targets) {
            guard let ring = target?.ring, ring > 0 else { continue }
            element.complain(
                "ring \(ring) goes with rollout: { ring: … }, the ring that has been reached, which is missing"
            )
        }
    }
}

extension TargetConfiguration.Location {
    /// What is looked up; nil if nothing is.
    fileprivate var id: String? {
        switch self {
        case .server: nil
        case .cluster(let id): "the cluster \(id)"
        case .instance(let id): "the instance \(id)"
        case .tagged: "what carries these tags"
        }
    }
}
