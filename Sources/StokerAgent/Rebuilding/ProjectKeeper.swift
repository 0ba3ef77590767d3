import Foundation
import Logging
import StokerCore
import StokerKit
import SystemPackage

/// Keeps all images of one project: watches their inputs, and follows the configuration when it changes.
actor ProjectKeeper {
    nonisolated let root: FilePath
    private let user: UserSettings
    private let engine: EngineClient
    private let cache: FilePath
    private let watcher: Watcher
    private let logger: Logger
    private var keepers: [String: (keeper: ImageKeeper, run: Task<Void, Never>)] = [:]
    private var settings: ProjectSettings?
    private var problem: String?
    private var isOver = false
    private var watches: [(path: FilePath, watch: Watch)] = []
    private(set) var lastReap: StatusReport.Reap?

    init(
        root: FilePath, user: UserSettings, engine: EngineClient, cache: FilePath, watcher: Watcher,
        logger: Logger
    ) {
        self.root = root
        self.user = user
        self.engine = engine
        self.cache = cache
        self.watcher = watcher
        var logger = logger
        logger[metadataKey: "project"] = "\(root)"
        self.logger = logger
    }

    /// Works until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            let reading = read()
            take(reading)
            await follow(reading)
        }
        isOver = true
        for (_, run) in keepers.values { run.cancel() }
        for (_, run) in keepers.values { await run.value }
    }

    // MARK: Configuration

    /// What the configuration, the Dockerfiles and the ignore files say at one moment.
    private struct Reading: Equatable {
        /// The last ones that could be used.
        var settings: ProjectSettings?
        var problem: String?
        /// In the order of the images; `nil` for one whose Dockerfile or ignore file cannot be read.
        var plans: [InputPlan?] = []
    }

    private func read() -> Reading {
        var reading = Reading(settings: settings)
        do {
            reading.settings = try ProjectSettings.load(root: root, user: user)
        } catch {
            reading.problem = "\(error)"
        }
        if let settings = reading.settings {
            reading.plans = settings.images.map { try? InputPlan(image: $0, ownFiles: settings.ownFiles) }
        }
        return reading
    }

    /// Starts and ends the keepers that the configuration asks for. With a broken one the old keepers go on,
    /// and whoever asks is told what is wrong.
    private func take(_ reading: Reading) {
        if let problem = reading.problem {
            logger.error("\(problem)")
        } else if let settings = reading.settings {
            if self.settings != settings { settings.summary.forEach { logger.info("\($0)") } }
            adjustKeepers(to: settings)
        }
        settings = reading.settings
        problem = reading.problem
    }

    private func adjustKeepers(to settings: ProjectSettings) {
        let names = Set(settings.images.map(\.name))
        for (name, entry) in keepers where !names.contains(name) {
            entry.run.cancel()
            keepers[name] = nil
        }
        for name in names where keepers[name] == nil {
            let (root, user) = (root, user)
            let warmer = Warmer(
                engine: engine, project: root, imageName: name, cache: cache, limits: user.snapshots,
                client: user.client?.program, logger: logger)
            let keeper = ImageKeeper(
                name: name, warmer: warmer,
                settings: {
                    try WarmRequest(
                        project: root, image: name, user: user, via: .agent, command: "stoker agent")
                },
                logger: logger)
            keepers[name] = (keeper, Task { await keeper.run() })
        }
    }

    // MARK: Watching

    private func watchPlan(for reading: Reading) -> WatchPlan {
        let images = zip(reading.settings?.images ?? [], reading.plans).map { (settings: $0, plan: $1) }
        return WatchPlan(project: root, images: images)
    }

    /// Watches what was read of until a file changes that would make it read otherwise.
    private func follow(_ reading: Reading) async {
        let plan = watchPlan(for: reading)
        await withTaskGroup(of: Bool.self) { group in
            for root in plan.roots.values {
                let watch = await watcher.watch(root: root.path) { root.canHoldInput($0) }
                watches.append((root.path, watch))
                group.addTask {
                    for await change in watch.changes where await self.take(change, in: root, of: plan) {
                        return true
                    }
                    return false
                }
            }
            // What changed while no agent ran, and until the last watch, has been seen by nobody: neither inputs…
            for (keeper, _) in keepers.values { await keeper.inputsChanged() }
            // … nor the files that decide what to watch.
            if read() != reading { return group.cancelAll() }
            for await isOutdated in group where isOutdated { break }
            group.cancelAll()
        }
        for (_, watch) in watches { await watcher.stop(watch.id) }
        watches = []
    }

    /// Whether the plan is outdated.
    private func take(_ change: TreeChange, in root: WatchPlan.Root, of plan: WatchPlan) async -> Bool {
        if change.everything || !change.paths.isDisjoint(with: root.deciding) {
            // An edit of the Dockerfile seldom moves the inputs elsewhere.
            let reading = read()
            let isSame = reading.settings == settings && reading.problem == problem
            if !isSame || watchPlan(for: reading) != plan { return true }
            for (keeper, _) in keepers.values { await keeper.inputsChanged() }
            return false
        }
        var concerned: Set<String> = []
        for path in change.paths { concerned.formUnion(root.images(concernedBy: path)) }
        for name in concerned { await keepers[name]?.keeper.inputsChanged() }
        return change.paths.contains { root.leadsElsewhere($0) }
    }

    // MARK: Questions

    func warm(image: String, timeout: Duration, observer: @escaping WarmObserver) async throws -> WarmResult {
        // The configuration may have changed a moment ago.
        let settings = try ProjectSettings.load(root: root, user: user)
        _ = try settings.image(named: image)
        // Nobody would end a keeper that was begun now.
        if isOver { throw CancellationError() }
        adjustKeepers(to: settings)
        // Made just above if it was not there.
        guard let keeper = keepers[image]?.keeper else { throw CancellationError() }
        return try await keeper.warm(timeout: timeout, observer: observer)
    }

    func report() async -> StatusReport.Project {
        var images: [StatusReport.Image] = []
        for image in settings?.images ?? [] {
            guard let keeper = keepers[image.name]?.keeper else { continue }
            images.append(await keeper.story.report(name: image.name, tag: image.tag))
        }
        var reports: [StatusReport.Watch] = []
        for (path, watch) in watches {
            guard let report = try? await watcher.report(watch.id) else { continue }
            reports.append(
                StatusReport.Watch(root: path.string, directories: report.watched, problems: report.problems))
        }
        return StatusReport.Project(
            root: root.string, images: images, watches: reports, lastReap: lastReap, problem: problem)
    }

    // MARK: Reaping

    /// Reaps when it is time, until it is cancelled.
    func reapOnTime() async {
        while !Task.isCancelled {
            let reaping = (try? ProjectSettings.load(root: root, user: user))?.reaping ?? settings?.reaping
            if let reaping { await reap(reaping) }
            try? await Task.sleep(for: reaping?.every ?? .seconds(60))
        }
    }

    private func reap(_ settings: ReapSettings) async {
        let now = Date().timeIntervalSince1970
        do {
            let reaper = Reaper(engine: engine, policy: ReapPolicy(settings), logger: logger)
            let report = try await reaper.carryOut(try await reaper.plan(), confirmed: false)
            let counts = Dictionary(grouping: report.containers, by: \.decision).mapValues(\.count)
            lastReap = StatusReport.Reap(
                at: now, removed: counts[.removed] ?? 0, kept: counts[.keep] ?? 0,
                failed: counts[.failed] ?? 0,
                problem: report.confirmation)
            for container in report.containers
            where container.decision == .removed || container.decision == .failed {
                logger.info("\(container.decision) \(container.name ?? container.id): \(container.reason)")
            }
            if let confirmation = report.confirmation { logger.warning("\(confirmation)") }
        } catch is CancellationError {
        } catch {
            lastReap = StatusReport.Reap(at: now, removed: 0, kept: 0, failed: 0, problem: "\(error)")
            logger.warning("cannot reap: \(error)")
        }
    }
}

extension WatchReport {
    /// What keeps the watch from seeing everything, in words.
    var problems: [String] {
        var problems: [String] = []
        if case .gone(let reason) = root { problems.append("the folder is gone (\(reason.description))") }
        if unreadable > 0 { problems.append("\(unreadable) folders cannot be read") }
        if unwatched > 0 {
            problems.append(
                "\(unwatched) folders are not watched; raise fs.inotify.max_user_watches"
                    + (watchLimit.map { " above \($0 + unwatched)" } ?? ""))
        }
        if case .untrusted(let why) = trust { problems.append("others may change it unseen: \(why)") }
        return problems
    }
}
