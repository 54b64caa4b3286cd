// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// What a run means for the messages that it was made for, the gravest last.
enum RunDisposition: Int, Comparable {
    /// They are done with. That removals wait for somebody, that a name is taken, or that a server is stopped, is told by
    /// notifiers, and would be no better if the messages came again.
    case done
    /// They are to come again in a while: another writer holds a target's lock.
    case busy
    /// They are to come again: the directory could not be read, or something failed.
    case failed

    init(_ report: SyncReport) {
        let verdicts = report.targets.map(\.verdict) + (report.sourceFailure == nil ? [] : [.sourceUnavailable])
        self = verdicts.map(RunDisposition.init).max() ?? .done
    }

    init(_ verdict: Verdict) {
        switch verdict {
        case .sourceUnavailable, .partialFailure: self = .failed
        case .busy: self = .busy
        case .braked, .changesPending, .inSync: self = .done
        }
    }

    static func < (left: RunDisposition, right: RunDisposition) -> Bool { left.rawValue < right.rawValue }
}

extension SyncReport {
    /// Whether it is of a run of everyone after which nothing has to come again, and nobody is still to be let in; where everything is
    /// frozen nobody who leaves is locked.
    var isGoodFullRun: Bool {
        scope == .everyone && RunDisposition(self) == .done && !isFrozen
            && targets.allSatisfy { $0.deferredAdmissions == 0 }
    }
}
