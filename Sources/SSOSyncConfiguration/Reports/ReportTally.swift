// SPDX-License-Identifier: Apache-2.0

/// What is needed of many reports, each of which is forgotten once it is added.
protocol ReportTally {
    /// Keys of what could not be read.
    var unreadable: [String] { get set }

    mutating func add(_ report: KeptReport)
}
