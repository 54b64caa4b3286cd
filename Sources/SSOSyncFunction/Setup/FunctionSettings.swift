// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// What the function's environment says: what it is deployed as, and where its configuration is.
struct FunctionSettings: Equatable {
    /// Where the configuration is.
    enum Place: Equatable {
        /// A file that the function was deployed with.
        case file(path: String)
        /// One version of an object.
        case object(S3Location, versionId: String)
    }

    /// What the function is deployed as.
    let role: FunctionRole
    /// Where the configuration is.
    let place: Place
    /// The SHA-256 of the configuration, in small hexadecimal digits; nil for a file that is taken as it is.
    let checksum: String?
    /// Where relative paths of the configuration begin.
    let folder: String
    /// The queue that events come from, for second readings and to hold messages back; nil for none.
    let queueURL: String?
    /// The queue for readings of everyone; nil for none.
    let everyoneQueueURL: String?
    /// The topic that *notify* publishes to; nil for other roles.
    let topicARN: String?

    /// Reads the environment.
    ///
    /// - Parameter environment: The variables by name; empty ones count as missing.
    /// - Throws: ``FunctionFailure`` with everything that is the matter.
    init(environment: [String: String]) throws(FunctionFailure) {
        let given = environment.filter { !$0.value.isEmpty }
        var problems: [String] = []
        func take<Value>(_ read: () throws(Problem) -> Value) -> Value? {
            do throws(Problem) {
                return try read()
            } catch {
                problems.append(error.message)
                return nil
            }
        }
        let root = given["LAMBDA_TASK_ROOT"] ?? "."
        let role = take { () throws(Problem) in try Self.role(given["SSOSYNC_ROLE"]) }
        let place = take { () throws(Problem) in try Self.place(given, root: root) }
        let checksum = take { () throws(Problem) in try Self.checksum(given) }
        let queueURL = take { () throws(Problem) in try Self.eventQueueURL(given) }
        let everyoneQueueURL = take { () throws(Problem) in try Self.everyoneQueueURL(given) }
        let topicARN = take { () throws(Problem) in try Self.topicARN(given["SSOSYNC_NOTIFY_TOPIC_ARN"], role) }
        guard let role, let place, let checksum, let queueURL, let everyoneQueueURL, let topicARN else {
            throw .configuration(problems.joined(separator: "; "))
        }
        (self.role, self.place, self.checksum, self.queueURL) = (role, place, checksum, queueURL)
        (self.everyoneQueueURL, self.topicARN) = (everyoneQueueURL, topicARN)
        folder = root
    }

    /// Half a sentence about one variable.
    private struct Problem: Error {
        let message: String
    }

    private static func role(_ text: String?) throws(Problem) -> FunctionRole {
        let known = FunctionRole.allCases.map(\.rawValue).joined(separator: ", ")
        guard let text else { throw Problem(message: "SSOSYNC_ROLE is not set; what there is: \(known)") }
        guard let role = FunctionRole(rawValue: text) else {
            let message =
                "SSOSYNC_ROLE is \(Printable.quoted(text)), which this version does not have; what there is: \(known)"
            throw Problem(message: message)
        }
        return role
    }

    private static func topicARN(_ text: String?, _ role: FunctionRole?) throws(Problem) -> String? {
        guard role == .notify else { return nil }
        let parts = (text ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "sns", !parts[3].isEmpty else {
            let example = "arn:aws:sns:eu-west-1:111111111111:sso-sync-prod-alarms"
            throw Problem(message: "SSOSYNC_NOTIFY_TOPIC_ARN is no topic such as \(example), and notify needs one")
        }
        return text
    }

    private static func place(_ given: [String: String], root: String) throws(Problem) -> Place {
        let text = given["SSOSYNC_CONFIGURATION"] ?? "sso-sync.json"
        let version = given["SSOSYNC_CONFIGURATION_VERSION"]
        guard text.hasPrefix("s3:") else {
            guard version == nil else {
                throw Problem(message: "SSOSYNC_CONFIGURATION_VERSION is for a configuration in S3 only")
            }
            return .file(path: text.hasPrefix("/") ? text : "\(root)/\(text)")
        }
        guard let location = S3Location(text) else {
            let message = "SSOSYNC_CONFIGURATION is no place in S3 such as s3://bucket/sso-sync.json"
            throw Problem(message: message)
        }
        // Whoever may write the bucket must not be able to change what the function does.
        guard let version, given["SSOSYNC_CONFIGURATION_SHA256"] != nil else {
            let message =
                "a configuration in S3 is pinned: set SSOSYNC_CONFIGURATION_VERSION to the object's version id and "
                + "SSOSYNC_CONFIGURATION_SHA256 to its SHA-256"
            throw Problem(message: message)
        }
        return .object(location, versionId: version)
    }

    private static func checksum(_ given: [String: String]) throws(Problem) -> String? {
        guard let text = given["SSOSYNC_CONFIGURATION_SHA256"] else { return nil }
        guard text.utf8.count == 64, text.utf8.allSatisfy(\.isHexadecimalDigit) else {
            throw Problem(message: "SSOSYNC_CONFIGURATION_SHA256 has to have 64 hexadecimal digits")
        }
        return text.lowercased()
    }

    private static func queueURL(_ given: [String: String], _ variable: String) throws(Problem) -> String? {
        guard let text = given[variable] else { return nil }
        guard SQSQueueAddress(text) != nil else {
            let message =
                "\(variable) is no address of a queue, with https, a host and a path, such as "
                + SQSQueueAddress.example
            throw Problem(message: message)
        }
        return text
    }

    /// While one message of a FIFO queue's group is held back, all others of that group wait, whoever has left.
    private static func eventQueueURL(_ given: [String: String]) throws(Problem) -> String? {
        let variable = "SSOSYNC_EVENT_QUEUE_URL"
        guard let url = try queueURL(given, variable) else { return nil }
        guard !url.hasSuffix(".fifo") else {
            throw Problem(message: "\(variable) is a FIFO queue; events need a standard one")
        }
        return url
    }

    /// One that hands its messages to several processes would have each of them read everyone.
    private static func everyoneQueueURL(_ given: [String: String]) throws(Problem) -> String? {
        let variable = "SSOSYNC_EVERYONE_QUEUE_URL"
        guard let url = try queueURL(given, variable) else { return nil }
        guard url.hasSuffix(".fifo") else {
            throw Problem(message: "\(variable) is no FIFO queue, whose name ends in .fifo")
        }
        return url
    }
}
