// SPDX-License-Identifier: Apache-2.0

/// How long telling somebody may take.
enum NotifierLimits {
    /// In all, credentials and further attempts included: a run that is over should not wait long for whoever does not answer.
    static let time = Duration.seconds(30)
    /// For each event, on top of that: ten of them go in one call.
    static let timePerEvent = Duration.milliseconds(20)
    /// One attempt of a webhook.
    static let attempt = Duration.seconds(10)
}
