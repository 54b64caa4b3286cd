// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// A target, and what tells it from others of its name.
protocol FleetPlace {
    var folder: String { get }
    var target: TargetName { get }
    var owner: DeploymentOwner { get }
    var server: String? { get }
}

extension FleetPlace {
    /// The name, with the folder before it.
    var place: String { folder + target.rawValue }

    /// That, and what tells the target from others of that name, if there are any.
    func label(among namesakes: [Self]) -> String {
        let facts = [
            Set(namesakes.map(\.owner)).count > 1 ? owner.rawValue : nil,
            Set(namesakes.map(\.server)).count > 1 ? server ?? "at an unknown place" : nil,
        ].compactMap(\.self)
        let name = Printable.escaped(place)
        return facts.isEmpty ? name : "\(name) (\(facts.map(Printable.escaped).joined(separator: ", ")))"
    }
}
