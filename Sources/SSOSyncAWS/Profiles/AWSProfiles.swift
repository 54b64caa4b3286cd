// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The profiles of the files that AWS tools share: `~/.aws/config` and `~/.aws/credentials`.
///
/// `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name others, `AWS_PROFILE` the profile to use
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>). Settings may be secret, so only names are
/// printed.
public struct AWSProfiles: Sendable, CustomStringConvertible, CustomReflectable {
    /// The profile that is used if nobody says otherwise.
    public let current: String
    /// Whether somebody chose it.
    let isChosen: Bool
    /// The folder of AWS's tools, without a slash at its end.
    let folder: String

    private let file: ProfileFile

    /// Reads the files, once; one that is not there counts as empty.
    ///
    /// - Parameter environment: The variables by name; `HOME` among them.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        folder = "\(value("HOME") ?? "")/.aws"
        let chosen = value("AWS_PROFILE") ?? value("AWS_DEFAULT_PROFILE")
        current = chosen ?? "default"
        isChosen = chosen != nil
        var file = ProfileFile(Self.text(value("AWS_CONFIG_FILE") ?? "\(folder)/config"), .config)
        let credentials = value("AWS_SHARED_CREDENTIALS_FILE") ?? "\(folder)/credentials"
        file.merge(ProfileFile(Self.text(credentials), .credentials))
        self.file = file
    }

    /// The names of the profiles, sorted.
    public var names: [String] { file.profiles.keys.sorted() }

    /// The Region that a profile names; nil for none.
    ///
    /// - Parameter profile: Its name; by default ``current``.
    public func region(of profile: String? = nil) -> String? {
        file.profiles[profile ?? current]?["region"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether a profile says that no endpoint that was set counts.
    func ignoresEndpoints(of profile: String) -> Bool {
        file.profiles[profile]?["ignore_configured_endpoint_urls"]?.lowercased() == "true"
    }

    /// The endpoints that a profile names, by the variables that would say the same: `endpoint_url`, and that of each
    /// service in the `[services]` section that it names.
    func endpoints(of profile: String) -> [String: String] {
        guard let settings = file.profiles[profile] else { return [:] }
        var endpoints: [String: String] = [:]
        for (service, lines) in settings["services"].flatMap({ file.services[$0] }) ?? [:] {
            endpoints["AWS_ENDPOINT_URL_\(service.uppercased())"] = ProfileFile.nested(lines)["endpoint_url"]
        }
        endpoints["AWS_ENDPOINT_URL"] = settings["endpoint_url"]
        return endpoints.filter { !$0.value.isEmpty }
    }

    /// The names of the profiles.
    public var description: String { "AWSProfiles(\(names.joined(separator: ", ")))" }

    /// Shows names alone.
    public var customMirror: Mirror { Mirror(self, children: ["current": current, "names": names]) }

    /// The settings of a profile; nil if there is none of the name.
    func settings(of profile: String) -> ProfileFile.Settings? { file.profiles[profile] }

    /// The settings of a session of IAM Identity Center.
    func session(_ name: String) -> ProfileFile.Settings? { file.sessions[name] }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
