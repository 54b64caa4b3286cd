// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncAWS
internal import SSOSyncCore

/// Whose credentials there are, and whether this machine's clock is right.
struct CallerCheck {
    private let aws: AWSAccess
    private let regions: [String]
    /// AWS takes signatures that are up to five minutes off, RDS tokens too; and clocks that drift go on drifting.
    private static let (warnAt, failAt) = (60.0, 300.0)

    /// - Parameter regions: Where else to ask if the environment names no Region.
    init(_ aws: AWSAccess, regions: [String]) {
        self.aws = aws
        self.regions = aws.regions + regions
    }

    func checks() async -> [HealthCheck] {
        guard let region = regions.first else {
            let remedy = ["export AWS_REGION=eu-west-1"]
            return [
                HealthCheck("region", .warning, "no Region is set, so nobody was asked who this is", remedy: remedy)
            ]
        }
        do {
            _ = try await aws.credentials.credentials()
        } catch {
            return [HealthCheck("identity", .failed, Self.text(error))]
        }
        do {
            let caller = try await aws.caller(region: region)
            return [HealthCheck("identity", .good, caller.arn), Self.clock(caller.answeredAt, now: Date())]
        } catch {
            // Runs need no STS: a function in a network without a way there works.
            let isRefused = Self.saysNo(error)
            let found =
                isRefused ? "" : "there are credentials; whose, and whether the clock is right, is not known: "
            return [HealthCheck("identity", isRefused ? .failed : .warning, found + Self.text(error))]
        }
    }

    /// Whether the answer is about the credentials or the signature: others would refuse them, too.
    ///
    /// An endpoint's policy may keep somebody from STS alone.
    private static func saysNo(_ error: any Error) -> Bool {
        guard let error = error as? AWSError, error.response != nil else { return false }
        return ![.throttled, .serviceFailed, .accessDenied].contains(error.code)
    }

    private static func text(_ error: any Error) -> String { (error as? AWSError)?.message ?? "\(error)" }

    static func clock(_ theirs: Date?, now: Date) -> HealthCheck {
        guard let theirs else { return HealthCheck("clock", .skipped, "the answer has no date") }
        let offset = now.timeIntervalSince(theirs)
        let seconds = Int(abs(offset).rounded())
        guard abs(offset) >= warnAt else {
            return HealthCheck("clock", .good, "this machine's is right to within a minute")
        }
        let found = "this machine's is \(seconds) s \(offset < 0 ? "behind" : "ahead of") that of AWS"
        let remedy = ["set the clock, and keep it right: sudo timedatectl set-ntp true"]
        return HealthCheck("clock", abs(offset) >= failAt ? .failed : .warning, found, remedy: remedy)
    }
}
