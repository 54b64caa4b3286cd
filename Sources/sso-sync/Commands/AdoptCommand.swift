// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SSOSyncConfiguration
import SSOSyncCore

/// Makes accounts that are there already people's.
struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Make accounts that are there already people's, after showing what that means.",
        discussion: """
            An account becomes somebody's if it has the name that the directory has for that person alone, who is in one of \
            the target's groups; if it logs in by IAM token, and has nothing that sso-sync never gives; and if nobody else's \
            marker is on it. The marker is all that is written. Roles follow with the next apply; what that will take away \
            is said here. Everything else is a conflict, with the reason.

            With --table the accounts come from the DynamoDB table of aws-samples/sso-sync-to-amazon-rds. Those of people \
            who are entitled to nothing any more are named and left alone, unless --leavers is given: then they are adopted \
            too, and the next apply locks them, as far as the brake lets it.

            Nothing is done without --approve and the hash that was shown; it is planned again, and refused if the world has \
            moved. Changes nothing on targets whose mode is plan. What is done is kept and told as a run of apply is.

            Exit code 0 means adopted, or nothing to adopt, 2 that something could be, 4 that something cannot be, failed \
            or has moved.

            Examples:
              sso-sync adopt ada.lovelace
              sso-sync adopt --target orders ada.lovelace 9067f1a2-41d0
              sso-sync adopt ada.lovelace --approve 9f86d081884c7d65…
              sso-sync adopt --table SSOSyncUsers --table-region eu-west-1 --target orders
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var marking: MarkingOptions

    @Argument(help: "People whose accounts to adopt, by id or account name.")
    var people: [String] = []

    @Option(help: ArgumentHelp("Adopt the accounts of the sample's DynamoDB table.", valueName: "name"))
    var table: String?

    @Option(
        name: .customLong("table-region"),
        help: ArgumentHelp("The table's Region (default: $AWS_REGION).", valueName: "name")
    )
    var tableRegion: String?

    @Flag(help: "With --table: adopt also the accounts of people who have left, for the next apply to lock.")
    var leavers = false

    mutating func validate() throws {
        guard people.isEmpty != (table == nil) else { throw ValidationError("Give people, or --table.") }
        guard table != nil || (tableRegion == nil && !leavers) else {
            throw ValidationError("--table-region and --leavers go with --table.")
        }
    }

    func run() async throws {
        throw try await marking.run(common) { assembly in
            if let table {
                let table = try SampleTable(named: table, region: tableRegion, aws: common.aws)
                return .adopt(try await table.claims(includesLeavers: leavers, personId: assembly.personId))
            }
            return .adopt(Set(try await users(assembly).map { MarkingRequest.Claim(user: $0) }))
        }
    }

    private func users(_ assembly: Assembly) async throws -> [UserId] {
        let resolve = PersonResolver(try await assembly.source.directory(assembly.everyone))
        return try people.map(assembly.personId).map { text in
            switch resolve(text) {
            case .person(let id): return id
            case .several(let ids):
                let list = ids.map { Printable.quoted($0.rawValue) }.joined(separator: ", ")
                throw UsageError("Several people have the account name \(Printable.quoted(text)): say which of \(list)")
            case .nobody:
                throw UsageError(
                    "Nobody in the groups that the configuration maps has the id or account name \(Printable.quoted(text))"
                )
            }
        }
    }
}
