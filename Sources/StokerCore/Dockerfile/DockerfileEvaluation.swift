/// Follows the stages that the target needs, and collects what they read.
struct DockerfileEvaluation {
    /// What a stage may start from.
    enum Origin: Equatable {
        case stage(Int)
        case scratch
        case image(String)
        case context(String)
        case unknown(String)
    }

    let plan: StagePlan
    let surroundings: DockerfileSurroundings
    let escape: UInt8
    let contexts: NamedContexts
    var expander: WordExpander
    /// What FROM and a stage's ARG without default see.
    var globals: BuildEnvironment
    var context = ReadCollection()
    var named: [String: ReadCollection] = [:]
    var bases: [BaseReference] = []
    private var basesDoubt: ReadReason?
    private var baseNumbers: [String: Int] = [:]
    /// Of each stage.
    var origins: [[Origin]] = []
    /// Of finished stages.
    var environments: [Int: BuildEnvironment] = [:]
    /// The stages above the one at hand, by name.
    var earlier: [String: Int] = [:]
    /// The ONBUILD instructions of each stage and of each image in the store, parsed once.
    let stageTriggers: [[Trigger]]
    private let imageTriggers: [String: [Trigger]]
    /// The last stage of each name.
    let lastOfName: [String: Int]

    init(_ plan: StagePlan, escape: UInt8, in surroundings: DockerfileSurroundings) {
        self.plan = plan
        self.surroundings = surroundings
        self.escape = escape
        contexts = NamedContexts(surroundings.buildContexts)
        expander = WordExpander(escape: escape)
        globals = PlatformArguments.environment(surroundings)
        for folder in contexts.folders { named[folder] = ReadCollection() }
        var last: [String: Int] = [:]
        for (number, stage) in plan.stages.enumerated() {
            if let name = stage.name { last[name] = number }
        }
        lastOfName = last
        stageTriggers = plan.stages.enumerated().map { number, stage in
            let name = stage.name ?? "stage \(number)"
            return stage.instructions.filter { $0.keyword == .onbuild }.map { Trigger($0, of: name) }
        }
        var triggers: [String: [Trigger]] = [:]
        for (image, facts) in surroundings.bases {
            guard case .present(let texts, _) = facts else { continue }
            triggers[image] = texts.map { Trigger($0, of: image.shown) }
        }
        imageTriggers = triggers
        if let doubt = contexts.doubt { widenAll(doubt) }
        for platform in [surroundings.platform, surroundings.enginePlatform] {
            if platform?.lowercased().contains("windows") == true {
                widenAll(ReadReason(line: nil, words: "paths are read differently on Windows"))
            }
        }
        if surroundings.arguments["BUILDKIT_SBOM_SCAN_CONTEXT"] != nil {
            widenAll(ReadReason(line: nil, words: "BUILDKIT_SBOM_SCAN_CONTEXT has the whole context read"))
        }
    }

    var reading: DockerfileReading {
        DockerfileReading(
            bases: bases, basesDoubt: basesDoubt, context: context.result,
            named: named.filter { !$0.value.isUntouched }.mapValues(\.result))
    }

    mutating func run() {
        for instruction in plan.arguments { defineGlobal(instruction) }
        for number in plan.stages.indices {
            origins.append(findOrigins(of: number))
            if let name = plan.stages[number].name { earlier[name] = number }
        }
        let isWanted = wanted()
        earlier = [:]
        for number in plan.stages.indices {
            if isWanted[number] { follow(number) }
            if let name = plan.stages[number].name { earlier[name] = number }
        }
    }

    private func wanted() -> [Bool] {
        var isWanted = Array(repeating: false, count: plan.stages.count)
        for target in plan.targets { isWanted[target] = true }
        guard let last = plan.targets.max() else { return isWanted }
        if surroundings.stages == .upToTarget {
            for number in 0...last { isWanted[number] = true }
            return isWanted
        }
        var walk = StageWalk(evaluation: self)
        var isAnyWanted = false
        for number in (0...last).reversed() where isWanted[number] || isAnyWanted {
            isWanted[number] = true
            switch walk.needs(of: number) {
            case .all: isAnyWanted = true
            case .some(let others): for other in others where other < number { isWanted[other] = true }
            }
        }
        return isWanted
    }

    func triggers(of image: String) -> [Trigger] { imageTriggers[image] ?? [] }

    // MARK: - Findings

    mutating func widenAll(_ reason: ReadReason) {
        context.widen(reason)
        for key in named.keys { named[key]?.widen(reason) }
    }

    /// For what may also read an image whose name is not known.
    mutating func widenAllAndBases(_ reason: ReadReason) {
        widenAll(reason)
        basesDoubt = basesDoubt ?? reason
    }

    mutating func note(base text: String, line: Int, isFrom: Bool) {
        if let number = baseNumbers[text] {
            bases[number].isFrom = bases[number].isFrom || isFrom
            return
        }
        baseNumbers[text] = bases.count
        bases.append(BaseReference(text: text, line: line, isFrom: isFrom))
    }
}
