public import SystemPackage

/// When leaked containers go, as far as a project has a say in it.
///
/// A container is known by its name alone, and whoever writes a `stoker.yaml` can name anybody's. So what a project says
/// counts where it can only keep containers, or where the person's own configuration admits it.
public struct ReapSettings: Sendable, Equatable {
    /// As the project names them. Default: `clud-*-{hex:8}`. Never empty; the first is the one that `stoker name` makes
    /// names from.
    public var patterns: [ContainerPattern]
    /// What counts: the project's own rules, and the person's for all containers.
    public var rules: [ReapRule]
    /// How often the agent looks, at least. Default: 10 min.
    public var every: Duration
    /// Names of containers that stay in any case, by the person's own word. Default: none.
    public var exempt: Set<String>
    /// For names that no rule of the project's claims.
    var otherLimits: ReapLimits
    /// What of the project's wishes does not count, and how the person admits it, as one sentence; `nil` when all counts.
    public var refusal: String?

    public static let standardInterval = Duration.seconds(600)
    /// No project makes the agent look more often, which would keep the engine busy for everybody.
    static let shortestInterval = Duration.seconds(60)

    public init(
        patterns: [ContainerPattern] = [.standard], rules: [ReapRule] = [ReapRule()],
        every: Duration = ReapSettings.standardInterval, exempt: Set<String> = [], refusal: String? = nil
    ) {
        self.patterns = patterns
        self.rules = rules
        self.every = every
        self.exempt = exempt
        self.refusal = refusal
        otherLimits = .standard
    }

    /// Where there is no project: containers are the machine's.
    public init(user: UserSettings) {
        let rule = ReapRule(user: user)
        self.init(
            patterns: rule.patterns, rules: [rule], every: user.reaping.every ?? Self.standardInterval,
            exempt: user.reaping.exempt)
        otherLimits = rule.limits
    }

    /// What counts of a project's wishes.
    init(_ wishes: ReapOptions, of root: FilePath, user: UserSettings) {
        let admission = ReapAdmission(root: root, user: user)
        self.init(
            patterns: wishes.patterns ?? admission.patterns, rules: admission.rules(wishes),
            every: admission.every(wishes), exempt: user.reaping.exempt,
            refusal: admission.refusal(of: wishes))
        otherLimits = ReapRule(user: user).limits
    }

    /// Where nothing can be read of what a project says: all stays that may be its own.
    public static func unreadable(root: FilePath, user: UserSettings) -> ReapSettings {
        let granted = user.project(at: root)?.reaping ?? ReapOptions()
        let patterns = ReapRule(user: user).patterns + (granted.patterns ?? []) + [.standard]
        return ReapSettings(
            patterns: patterns,
            rules: [ReapRule(patterns: patterns, project: root.string, isReadable: false)]
                + ReapRule.general(user),
            every: shortestInterval, exempt: user.reaping.exempt)
    }

    /// How often one agent looks for all of its projects: as often as any of them, or the person, wants. So none of them
    /// keeps it from looking.
    public static func interval(of projects: [ReapSettings], user: UserSettings) -> Duration {
        (projects.map(\.every) + [user.reaping.every].compactMap(\.self)).min() ?? standardInterval
    }

    // MARK: The person's word on the command line

    /// Only containers with these names go, whatever the rules say; as late as the rules say that claim such names.
    public mutating func choose(_ patterns: [ContainerPattern]) {
        let exempt = rules.reduce(into: Set<String>()) { $0.formUnion($1.exempt) }
        let project = rules.compactMap(\.project).first
        rules = patterns.map { pattern in
            let isClaimed = rules.contains { rule in rule.patterns.contains { $0.covers(pattern) } }
            let claims = rules.filter { rule in
                !isClaimed || rule.patterns.contains { $0.covers(pattern) || pattern.covers($0) }
            }
            let limits = ReapLimits.longest(claims.map(\.limits) + (isClaimed ? [] : [otherLimits]))
            return ReapRule(
                patterns: [pattern], limits: limits ?? otherLimits, exempt: exempt, project: project)
        }
    }

    /// All go that are older than this, running or not.
    public mutating func choose(age: Duration) {
        for index in rules.indices {
            rules[index].limits = ReapLimits(olderThan: age, runningOlderThan: age)
        }
    }
}

extension ReapRule {
    /// The person's own for all containers, or else the defaults.
    init(user: UserSettings) {
        let options = user.reaping
        self.init(
            patterns: options.patterns ?? [.standard],
            limits: ReapLimits(
                olderThan: options.olderThan ?? ReapLimits.standard.olderThan,
                runningOlderThan: options.runningOlderThan ?? ReapLimits.standard.runningOlderThan))
    }

    /// The person's own, which counts beside every project's if it names patterns.
    static func general(_ user: UserSettings) -> [ReapRule] {
        user.reaping.patterns == nil ? [] : [ReapRule(user: user)]
    }
}
