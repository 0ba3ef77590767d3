import Logging
import StokerCore
import StokerKit
import SystemPackage

extension ProjectKeeper {
    /// Watches what was read of until a file changes that would make it read otherwise.
    func follow(_ reading: Reading) async {
        let started = SuspendingClock.now
        guard let plan = await watchPlan(of: reading) else { return }
        let ledgers = kept.mapValues(\.ledger)
        var watches: [(path: FilePath, watch: Watch)] = []
        await withTaskGroup(of: Bool.self) { group in
            for root in plan.roots.values {
                let watch = await watcher.watch(root: root.path) {
                    root.canHoldInput($0)
                } sink: {
                    root.note($0, in: ledgers)
                }
                watches.append((root.path, watch))
                group.addTask {
                    for await change in watch.changes
                    where await self.take(
                        change, in: root, of: plan, ledgers)
                    {
                        return true
                    }
                    return false
                }
            }
            followed = (plan, watches)
            await logExtent(of: watches, since: started)
            let gitWatch = await watchGit()
            group.addTask {
                await self.followGit(gitWatch)
                return false
            }
            // What changed until the last watch stood has been seen by nobody: neither the files that decide
            // what to watch…
            // Of its own each time: a stream ends with a reader that is cancelled.
            let (replans, feed) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            (followedPlans, replanFeed) = (reading.plans, feed)
            let isOutdated = await !cover(reading, by: plan, ledgers)
            // … nor inputs, and those not either that changed while no agent ran.
            for kept in kept.values { await kept.keeper.inputsChanged() }
            if isOutdated { return group.cancelAll() }
            group.addTask {
                for await _ in replans { return true }
                return false
            }
            for await isOutdated in group where isOutdated { break }
            group.cancelAll()
        }
        // Before the watches end.
        for ledger in Array(ledgers.values) + kept.values.map(\.ledger) { ledger.uncover() }
        (followed, replanFeed) = (nil, nil)
        for (_, watch) in watches { await watcher.stop(watch.id) }
    }

    /// Where links lead is found by a walk, which must not keep those waiting who ask for something else.
    ///
    /// - Returns: `nil` when it was cancelled.
    private func watchPlan(of reading: Reading) async -> WatchPlan? {
        try? await BlockingWork.run { [root] in
            let plan = WatchPlan(project: root, images: reading.images)
            if WorkCancellation.current?.isCancelled == true { throw CancellationError() }
            return plan
        }
    }

    private func logExtent(
        of watches: [(path: FilePath, watch: Watch)], since started: SuspendingClock.Instant
    ) async {
        guard let reports = try? await watcher.reports(watches.map(\.watch.id)) else { return }
        let directories = reports.map(\.watched).reduce(0, +)
        let milliseconds = Int((SuspendingClock.now - started) / .milliseconds(1))
        logger.info(
            "watching \(directories) folder\(directories == 1 ? "" : "s"), set up in \(milliseconds) ms")
    }

    /// Git's own folder, for its lock alone. No answer depends on it.
    private func watchGit() async -> Watch? {
        guard let git else { return nil }
        return await watcher.watch(root: git.lock.removingLastComponent(), canHoldInput: { _ in false })
    }

    /// Tells the keepers when git may have let go of the files, until it is cancelled.
    private func followGit(_ watch: Watch?) async {
        guard let git, let watch else { return }
        let name = git.lock.lastComponent.map { BytePath($0.string) }
        for await change in watch.changes where change.everything || name.map(change.paths.contains) == true {
            for kept in kept.values { await kept.keeper.gitChanged() }
        }
        await watcher.stop(watch.id)
    }

    /// Reads once more, and lets the ledgers tell if that comes to the same.
    ///
    /// - Returns: whether it does.
    ///
    /// - Parameter ledgers: those that the watches write to.
    private func cover(
        _ reading: Reading, by plan: WatchPlan, _ ledgers: [String: InputLedger]
    ) async -> Bool {
        let tokens = ledgers.mapValues(\.token)
        let now = await read()
        // An image that was left out for a moment has another keeper since.
        let areTheirs = kept.count == ledgers.count && kept.allSatisfy { ledgers[$0.key] === $0.value.ledger }
        // Who is cancelled has watches that may not stand.
        guard areTheirs, now == reading, await watchPlan(of: now) == plan, !Task.isCancelled else {
            return false
        }
        if plan.hasHiddenDecisions { return true }
        for (settings, plan) in now.images {
            guard let plan, let token = tokens[settings.name] else { continue }
            ledgers[settings.name]?.cover(plan, since: token)
        }
        return true
    }

    /// An image's inputs are those of another plan than the one that was read for the watches, unless they are being
    /// moved just now.
    func replan(_ image: String, _ plan: InputPlan) {
        let number = settings?.images.firstIndex { $0.name == image }
        if let number, followedPlans.indices.contains(number), followedPlans[number] == plan { return }
        replanFeed?.yield()
    }

    /// Whether the plan is outdated.
    private func take(
        _ change: TreeChange, in root: WatchPlan.Root, of plan: WatchPlan, _ ledgers: [String: InputLedger]
    ) async -> Bool {
        logger.debug("changed in \(root.path): \(change.words)")
        if root.mayOutdate(change) {
            // An edit of the Dockerfile seldom moves the inputs elsewhere.
            let reading = await read()
            guard reading.settings == settings, reading.problem == problem,
                await cover(reading, by: plan, ledgers)
            else { return true }
            for kept in kept.values { await kept.keeper.inputsChanged() }
            return false
        }
        var concerned: Set<String> = []
        var withOtherRecord: Set<String> = []
        for path in change.paths {
            concerned.formUnion(root.images(concernedBy: path))
            withOtherRecord.formUnion(root.records[path] ?? [])
        }
        for name in concerned { await kept[name]?.keeper.inputsChanged() }
        for name in withOtherRecord.subtracting(concerned) { await kept[name]?.keeper.recordChanged() }
        return change.paths.contains { root.leadsElsewhere($0) }
    }

    /// Gives inputs of an image that have other names too watches of their own.
    ///
    /// - Returns: Those that have none.
    func watchLinked(
        _ inputs: [FilePath: Set<BytePath>], of image: String
    ) async -> [FilePath: Set<BytePath>] {
        linkedInputs[image] = inputs
        guard let followed else { return inputs }
        var refused: [FilePath: Set<BytePath>] = [:]
        for (root, own) in inputs {
            guard let place = followed.plan.place(of: root),
                let watch = followed.watches.first(where: { $0.path == place })?.watch
            else {
                refused[root] = own
                continue
            }
            let all = linkedInputs.values.reduce(into: Set<BytePath>()) { $0.formUnion($1[root] ?? []) }
            refused[root] = await watcher.watchLinked(all, in: watch.id).intersection(own)
        }
        return refused
    }

    /// Returns when the ledgers tell of all that happened before the call.
    ///
    /// - Returns: whether they do; otherwise something may go unheard, and has to be looked at.
    func fence() async -> Bool {
        guard let followed, followed.plan.isInPlace, isConfigurationInPlace,
            (try? await watcher.fence()) != nil,
            let reports = try? await watcher.reports(followed.watches.map(\.watch.id))
        else { return false }
        return reports.allSatisfy(\.isComplete)
    }
}

extension ProjectKeeper {
    /// Whether the paths in the configuration lead where they led. A link in one of them that is bent sends no event
    /// that anybody waits for, and the settings hold what it led to; so they are read anew where there may be one.
    private var isConfigurationInPlace: Bool {
        guard let settings else { return false }
        let hasPaths = settings.images.contains { image in
            image.context != root || image.dockerfile.removingLastComponent() != root
                || !image.buildContexts.isEmpty
        }
        return !hasPaths || (try? ProjectSettings.load(root: root, user: user)) == settings
    }
}

extension TreeChange {
    /// For people.
    fileprivate var words: String {
        if everything { return "anything" }
        let some = paths.prefix(10).map(\.description).joined(separator: ", ")
        return paths.count > 10 ? "\(some), …" : some
    }
}

extension WatchPlan.Root {
    /// Whether the change may make the configuration, a Dockerfile or an ignore file read otherwise.
    func mayOutdate(_ change: TreeChange) -> Bool {
        change.everything || change.rootGone || !change.paths.isDisjoint(with: deciding)
    }

    /// Writes down what a change means. Is called on the watcher's queue.
    func note(_ change: TreeChange, in ledgers: [String: InputLedger]) {
        if mayOutdate(change) || change.paths.contains(where: leadsElsewhere) {
            for ledger in ledgers.values {
                ledger.note()
                ledger.uncover()
            }
            return
        }
        var concerned: Set<String> = []
        for path in change.paths {
            if concerned.count < ledgers.count { concerned.formUnion(images(concernedBy: path)) }
            for name in records[path] ?? [] { ledgers[name]?.noteRecord() }
        }
        for name in concerned { ledgers[name]?.note() }
    }
}
