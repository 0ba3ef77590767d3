import SystemPackage

/// Judges what a project's `stoker.yaml` says of reaping by the person's own configuration: by what that says of this
/// project (`projects: {FOLDER: {reaping: …}}`), and of all (`reaping: …`).
struct ReapAdmission {
    let root: FilePath
    let file: FilePath
    let granted: ReapOptions
    /// What counts for all, by the person's word or by default.
    private let general: ReapRule
    private let user: UserSettings

    init(root: FilePath, user: UserSettings) {
        self.root = root
        file = user.file
        granted = user.project(at: root)?.reaping ?? ReapOptions()
        general = ReapRule(user: user)
        self.user = user
    }

    /// Those of a project that names none.
    var patterns: [ContainerPattern] { granted.patterns ?? general.patterns }

    /// The project's rules, those with the same limits as one, and the person's. There is one of the project's even if
    /// none of its patterns counts, for what its leases have made.
    func rules(_ wishes: ReapOptions) -> [ReapRule] {
        let exempt = wishes.exempt.union(granted.exempt)
        var rules: [ReapRule] = []
        for pattern in wishes.patterns ?? patterns where isAdmitted(pattern) {
            let least = leastLimits(for: pattern)
            let limits = least.longer(
                ReapLimits(
                    olderThan: wishes.olderThan ?? .zero, runningOlderThan: wishes.runningOlderThan ?? .zero))
            if let index = rules.firstIndex(where: { $0.limits == limits }) {
                rules[index].patterns.append(pattern)
            } else {
                rules.append(
                    ReapRule(patterns: [pattern], limits: limits, exempt: exempt, project: root.string))
            }
        }
        if rules.isEmpty { rules = [ReapRule(patterns: [], exempt: exempt, project: root.string)] }
        return rules + ReapRule.general(user)
    }

    func every(_ wishes: ReapOptions) -> Duration {
        max(
            wishes.every ?? granted.every ?? user.reaping.every ?? ReapSettings.standardInterval,
            shortestInterval)
    }

    // MARK: What is admitted

    /// Whether the project may have its containers known by such names. The default pattern is everybody's.
    func isAdmitted(_ pattern: ContainerPattern) -> Bool {
        (general.patterns + [.standard] + (granted.patterns ?? [])).contains { $0.covers(pattern) }
    }

    /// Whether what the person grants the project is about such names; without patterns it is about all of the project's.
    func isGranted(_ pattern: ContainerPattern) -> Bool {
        granted.patterns.map { $0.contains { $0.covers(pattern) } } ?? true
    }

    /// The shortest that count for containers with such names.
    func leastLimits(for pattern: ContainerPattern) -> ReapLimits {
        let isOwn = isGranted(pattern)
        let isGeneral =
            general.patterns.contains { $0.covers(pattern) } || granted.patterns != nil && isOwn
        var limits = isGeneral ? general.limits : .standard
        if isOwn, let age = granted.olderThan { limits.olderThan = age }
        if isOwn, let age = granted.runningOlderThan { limits.runningOlderThan = age }
        return limits
    }

    var shortestInterval: Duration {
        granted.every ?? user.reaping.every.map { min($0, ReapSettings.shortestInterval) }
            ?? ReapSettings.shortestInterval
    }
}
