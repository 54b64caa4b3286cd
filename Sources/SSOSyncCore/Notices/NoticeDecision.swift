// SPDX-License-Identifier: Apache-2.0

/// What is to be said about a run, to somebody who has been told what the memory holds.
///
/// A pure value: the same of the same.
public struct NoticeDecision: Hashable, Sendable {
    /// What is to be said; nil for nothing.
    public let notice: Notice?
    /// What is to be remembered once it has been said.
    public let memory: TroubleMemory

    /// Decides.
    ///
    /// - Runs that only planned are not told about: whoever asked for the plan sees it.
    /// - Trouble is told as long as there is some that the memory does not hold. All there is at that place is told then.
    /// - Trouble is over only if a run of everyone came so far as to plan on the target, and found none. Runs of a few people,
    ///   and those that failed before they had looked, know nothing of the rest. Nor does a run that left targets out know what
    ///   is the matter with groups that only they map.
    /// - What keeps accounts from being adopted or let go is told each time that somebody asks for it, and is not remembered: no
    ///   run of everyone puts it right.
    /// - A look-up that failed is over once a run has targets that it has led to. That others are not there says nothing:
    ///   memories are shared by runs that know nothing of each other's targets.
    ///
    /// - Parameters:
    ///   - report: How the run went.
    ///   - settings: What is told.
    ///   - memory: What has been told.
    public init(_ report: SyncReport, settings: NoticeSettings, memory: TroubleMemory) {
        guard report.kind == .apply else {
            (notice, self.memory) = (nil, memory)
            return
        }
        var known = report.marking == nil ? memory : TroubleMemory()
        let isFull = report.scope == .everyone
        let directory = Place(report.troubles, settings)
        let directoryNews = known.takeDirectory(
            directory.troubles,
            leftOut: report.leftOut,
            isWhole: isFull && report.sourceFailure == nil
        )
        let directoryKinds = directory.kinds(directoryNews, settings, hasChanges: false)
        var targets = report.targets.compactMap { target -> Notice.Target? in
            let place = Place(target.troubles, settings)
            let news = known.take(place.troubles, at: target.target.rawValue, isWhole: isFull && target.plan != nil)
            let kinds = place.kinds(news, settings, hasChanges: target.outcomes.contains(where: \.isDone))
            guard !kinds.isEmpty else { return nil }
            return Notice.Target(target, kinds: kinds, settings: settings, troubles: place.troubles)
        }
        for name in report.lookUpsThatWorked {
            let news = known.take([], at: name.rawValue, isWhole: true)
            guard news == .over, settings.kinds.contains(.recovered) else { continue }
            // Nothing is done at such a place, so nothing is left to do.
            let target = TargetReport(target: name, isResting: true)
            targets.append(Notice.Target(target, kinds: [.recovered], settings: settings, troubles: []))
        }
        let kinds = Set(directoryKinds + targets.flatMap(\.kinds))
        self.memory = report.marking == nil ? known : memory
        guard !kinds.isEmpty else {
            notice = nil
            return
        }
        notice = Notice(
            report,
            owner: settings.owner,
            kinds: NoticeKind.allCases.filter(kinds.contains),
            directory: directoryKinds.isEmpty
                ? nil
                : Notice.Directory(
                    kinds: directoryKinds,
                    matters: directory.troubles.map { Notice.Matter($0, detail: settings.detail) }
                ),
            targets: targets
        )
    }

    /// What is the matter at one place, as far as it is told.
    private struct Place {
        let troubles: [Trouble]

        init(_ troubles: [Trouble], _ settings: NoticeSettings) {
            self.troubles = troubles.filter { settings.kinds.contains($0.kind) }
        }

        /// What is told about the place.
        func kinds(_ news: TroubleMemory.News, _ settings: NoticeSettings, hasChanges: Bool) -> [NoticeKind] {
            var kinds = Set(news == .trouble ? troubles.map(\.kind) : [])
            if news == .over { kinds.insert(.recovered) }
            if hasChanges { kinds.insert(.changes) }
            return NoticeKind.allCases.filter { kinds.contains($0) && settings.kinds.contains($0) }
        }
    }
}

extension SyncReport {
    /// Entries of the configuration that have led to targets of the run, and are none themselves.
    fileprivate var lookUpsThatWorked: [TargetName] {
        Set(targets.map(\.target.configured)).subtracting(targets.map(\.target)).subtracting(leftOut).sorted()
    }
}
