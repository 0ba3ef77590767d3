import StokerCore
import StokerKit
import SystemPackage

extension ProjectKeeper {
    func warm(image: String, timeout: Duration, observer: @escaping WarmObserver) async throws -> WarmResult {
        // The configuration may have changed a moment ago.
        let settings = try ProjectSettings.agentLoad(user: user) {
            try ProjectSettings.load(root: root, user: user)
        }
        _ = try settings.image(named: image)
        // Nobody would end a keeper that was begun now.
        if isOver { throw CancellationError() }
        adjustKeepers(to: settings)
        // An image is the one for today's files only if those of the project are that it is built on.
        for base in try ImageOrder(settings).withBases([image]).dropLast() {
            _ = try await keeper(of: base).warm(timeout: timeout, observer: observer)
        }
        return try await keeper(of: image).warm(timeout: timeout, observer: observer)
    }

    /// - Throws: `CancellationError` for one that has ended since.
    private func keeper(of image: String) throws -> ImageKeeper {
        guard let keeper = kept[image]?.keeper else { throw CancellationError() }
        return keeper
    }

    /// The images that are known to be there for today's inputs, in the order asked for; without names all of the
    /// configuration's. `nil` when one of them is not, or that is not known without looking.
    func hits(images names: [String]) async -> [WarmResult]? {
        // First of all, as the names are of before it otherwise. The ledgers tell of the configuration too.
        guard await fence(), problem == nil, let settings else { return nil }
        let wanted = names.isEmpty ? settings.images.map(\.name) : names
        guard let all = try? order.withBases(wanted) else { return nil }
        var results: [String: WarmResult] = [:]
        for name in all {
            guard let result = await kept[name]?.keeper.prompt() else { return nil }
            results[name] = result
        }
        return wanted.compactMap { results[$0] }
    }

    /// - Parameter deadline: when to tell what is known without waiting for a look any longer.
    func report(by deadline: ContinuousClock.Instant) async -> StatusReport.Project {
        let keepers = (settings?.images ?? []).compactMap { image in
            kept[image.name].map { (keeper: $0.keeper, tag: image.tag) }
        }
        let images = await keepers.inParallel { await $0.keeper.report(tag: $0.tag, by: deadline) }
        var reports: [StatusReport.Watch] = []
        for (path, watch) in followed?.watches ?? [] {
            guard let report = try? await watcher.reports([watch.id])[0] else { continue }
            reports.append(
                StatusReport.Watch(root: path.string, directories: report.watched, problems: report.problems))
        }
        return StatusReport.Project(
            root: root.string, images: images, watches: reports, lastReap: lastReap, problem: problem,
            warnings: settings?.reaping.agentRefusal.map { [$0] } ?? [])
    }

    /// Something has happened at the engine.
    func engineChanged() async {
        for kept in kept.values { await kept.keeper.engineChanged() }
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
