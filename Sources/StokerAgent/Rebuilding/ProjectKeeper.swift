import Foundation
import Logging
import StokerCore
import StokerKit
import SystemPackage

/// Keeps all images of one project: watches their inputs, and follows the configuration when it changes.
actor ProjectKeeper {
    /// What is kept of one image.
    struct Kept {
        let keeper: ImageKeeper
        let ledger: InputLedger
        let run: Task<Void, Never>
    }

    nonisolated let root: FilePath
    let user: UserSettings
    let engine: EngineClient
    private let events: EngineEvents
    let cache: FilePath
    let watcher: Watcher
    let logger: Logger
    private(set) var kept: [String: Kept] = [:]
    private(set) var settings: ProjectSettings?
    /// Of the images of `settings`.
    private(set) var order = ImageOrder([])
    private(set) var problem: String?
    private(set) var isOver = false
    /// Whose roots are watched at this moment, and by which watches.
    var followed: (plan: WatchPlan, watches: [(path: FilePath, watch: Watch)])?
    /// By image.
    var linkedInputs: [String: [FilePath: Set<BytePath>]] = [:]
    let git: GitActivity?
    /// In the order of the images.
    var followedPlans: [InputPlan?] = []
    /// Ends the following of the present plans; `nil` while they are about to be followed.
    var replanFeed: AsyncStream<Void>.Continuation?
    var lastReap: StatusReport.Reap?

    init(
        root: FilePath, user: UserSettings, engine: EngineClient, events: EngineEvents, paths: StokerPaths,
        watcher: Watcher, logger: Logger
    ) {
        self.root = root
        self.user = user
        self.engine = engine
        self.events = events
        cache = paths.cache
        self.watcher = watcher
        var logger = logger
        logger[metadataKey: "project"] = "\(root)"
        self.logger = logger
        git = GitActivity(project: root, home: user.home)
    }

    /// Works until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            let reading = await read()
            take(reading)
            await follow(reading)
        }
        isOver = true
        for kept in kept.values { kept.run.cancel() }
        for kept in kept.values { await kept.run.value }
    }

    // MARK: Configuration

    /// What the configuration, the Dockerfiles and the ignore files say at one moment.
    struct Reading: Equatable {
        /// The last ones that could be used.
        var settings: ProjectSettings?
        var problem: String?
        /// In the order of the images; `nil` for one whose Dockerfile or ignore file cannot be read.
        var plans: [InputPlan?] = []

        /// The images with their plans, as far as there are any.
        var images: [(settings: ImageSettings, plan: InputPlan?)] {
            zip(settings?.images ?? [], plans).map { (settings: $0, plan: $1) }
        }
    }

    func read() async -> Reading {
        var reading = Reading(settings: settings)
        do {
            var settings = try ProjectSettings.agentLoad(user: user) {
                try ProjectSettings.load(root: root, user: user)
            }
            settings.claimTags(for: user)
            reading.settings = settings
        } catch {
            reading.problem = "\(error)"
        }
        if let settings = reading.settings {
            for image in settings.images { reading.plans.append(await plan(image, settings)) }
        }
        return reading
    }

    /// With what the engine knows of the images that it is built on. Without an engine it holds too much rather
    /// than too little.
    private func plan(_ image: ImageSettings, _ settings: ProjectSettings) async -> InputPlan? {
        let resolved = try? await ResolvedPlan(image: image, ownFiles: settings.ownFiles, engine: engine)
        if let resolved { return resolved.plan }
        return try? await BlockingWork.run { try InputPlan(image: image, ownFiles: settings.ownFiles) }
    }

    /// Starts and ends the keepers that the configuration asks for. With a broken one the old keepers go on,
    /// and whoever asks is told what is wrong.
    private func take(_ reading: Reading) {
        if let problem = reading.problem {
            logger.error("\(problem)")
        } else if let settings = reading.settings {
            if self.settings != settings {
                settings.summary.forEach { logger.info("\($0)") }
                if let refusal = settings.reaping.agentRefusal { logger.warning("\(refusal)") }
            }
            adjustKeepers(to: settings)
        }
        settings = reading.settings
        order = ImageOrder(reading.images)
        problem = reading.problem
    }

    func adjustKeepers(to settings: ProjectSettings) {
        let names = Set(settings.images.map(\.name))
        for (name, old) in kept where !names.contains(name) {
            old.run.cancel()
            kept[name] = nil
        }
        for name in names where kept[name] == nil {
            let (root, user) = (root, user)
            let warmer = Warmer(
                engine: engine, project: root, imageName: name, cache: cache, limits: user.snapshots,
                client: user.client?.program, logger: logger)
            let ledger = InputLedger()
            let keeper = ImageKeeper(
                name: name, warmer: warmer,
                settings: {
                    try ProjectSettings.agentLoad(user: user) {
                        try WarmRequest(
                            project: root, image: name, user: user, via: .agent, command: "stoker agent")
                    }
                },
                senses: ImageKeeper.Senses(
                    ledger: ledger, events: events,
                    fence: { [weak self] in await self?.fence() ?? false },
                    watchLinked: { [weak self] in await self?.watchLinked($0, of: name) ?? $0 }, git: git,
                    replan: { [weak self] plan in Task { await self?.replan(name, plan) } }),
                logger: logger)
            kept[name] = Kept(keeper: keeper, ledger: ledger, run: Task { await keeper.run() })
        }
    }
}

extension ProjectSettings {
    /// For an agent, which reads the person's configuration when it starts.
    static func agentLoad<Value>(user: UserSettings, _ load: () throws -> Value) throws -> Value {
        do {
            return try load()
        } catch var error as StokerError where error.nextStep?.contains(user.file.string) == true {
            error.nextStep? += " and start the agent anew"
            throw error
        }
    }
}

extension ReapSettings {
    /// An agent reads the person's configuration when it starts.
    var agentRefusal: String? { refusal.map { $0 + " and start the agent anew" } }
}
