// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Whether what happens in the directory becomes an event: without a trail that logs it, EventBridge hears nothing
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>).
///
/// Only the account that reads the directory is asked, which sees its own trails and those of its organization. Another one's
/// may log what happens in that, such as the management account's: so none that is seen is not to say that there is none.
///
/// Never worse than a warning: full runs need no events.
struct TrailCheck {
    let source: IdentityCenterSource
    let retryPolicy: RetryPolicy?

    func check() async -> HealthCheck {
        do {
            // Does not wait for long: somebody sits there.
            let settings = AWSClient.Configuration(
                retryPolicy: retryPolicy ?? RetryPolicy(maximumAttempts: 2),
                attemptTimeout: .seconds(5)
            )
            let client = try await source.client(beside: .cloudTrail, settings)
            return try await check(CloudTrailClient(client), region: client.region)
        } catch {
            return Self.unknown(error)
        }
    }

    private func check(_ cloudTrail: CloudTrailClient, region: String) async throws -> HealthCheck {
        var stopped: CloudTrailClient.Trail?
        var unanswered: (any Error)?
        for trail in try await cloudTrail.trails() {
            do {
                guard try await cloudTrail.logsChanges(trail) else { continue }
                guard try await cloudTrail.isLogging(trail) else {
                    stopped = stopped ?? trail
                    continue
                }
            } catch {
                // An organization's trail may be closed to this account, and another one do.
                unanswered = unanswered ?? error
                continue
            }
            return HealthCheck(
                "trail",
                .good,
                "\(trail.name) logs management events in \(region), so changes in the directory that are made in an account "
                    + "which it covers become events"
            )
        }
        if let unanswered { return Self.unknown(unanswered) }
        let lacking =
            "the account that reads the directory sees no trail that logs management events in \(region); unless the account of "
            + "IAM Identity Center has one of its own, no change in the directory becomes an event"
        if let stopped {
            let command =
                "aws cloudtrail start-logging --name \(stopped.arn) --region \(stopped.homeRegion ?? region)"
            return HealthCheck("trail", .warning, "\(lacking). \(stopped.name) is stopped", remedy: [command])
        }
        return HealthCheck(
            "trail",
            .warning,
            "\(lacking). A trail needs a bucket whose policy lets CloudTrail write",
            remedy: [
                "aws cloudtrail create-trail --name sso-sync --s3-bucket-name BUCKET --region \(region)",
                "aws cloudtrail start-logging --name sso-sync --region \(region)",
            ]
        )
    }

    private static func unknown(_ error: any Error) -> HealthCheck {
        let reason = (error as? AWSError)?.message ?? (error as? SyncError)?.message ?? "\(error)"
        let isDenied = (error as? AWSError)?.code == .accessDenied
        return HealthCheck(
            "trail",
            .warning,
            "whether events of the directory are logged is not known: \(reason)",
            remedy: isDenied ? [policy] : []
        )
    }

    private static let policy =
        #"{ "Effect": "Allow", "Action": ["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "#
        + #""cloudtrail:GetEventSelectors"], "Resource": "*" }"#
}
