/// An image that a Dockerfile names.
public struct BaseReference: Sendable, Equatable {
    /// As the builder gets it, variables expanded: `python:3.12`.
    public var text: String
    /// Where it is named first, from 1.
    public var line: Int
    /// Whether a FROM starts from it, so that its ONBUILD instructions and environment count.
    public var isFrom: Bool

    public init(text: String, line: Int, isFrom: Bool) {
        self.text = text
        self.line = line
        self.isFrom = isFrom
    }
}

/// What the wanted stage of a Dockerfile builds on and which files it can read.
///
/// BuildKit's front ends, from the one in engine 20.10 on, and the legacy builder read some Dockerfiles
/// differently. What is given here holds for each of them: where they differ it is the union, and where
/// something is not understood for certain it is the whole context. Too much costs a rebuild; too little
/// would serve a stale image.
public struct DockerfileReading: Sendable, Equatable {
    /// Every image that a selected stage starts from, or copies or mounts from: each once, in order, without
    /// `scratch`, stages and folders.
    public var bases: [BaseReference]
    /// Why `bases` may lack an image; `nil` when it lacks none.
    public var basesDoubt: ReadReason?
    /// The main build context.
    public var context: ContextReads
    /// Additional contexts that are folders, by their names in `buildContexts`; of one that is missing here
    /// nothing is read.
    public var named: [String: ContextReads]

    public init(
        bases: [BaseReference], basesDoubt: ReadReason? = nil, context: ContextReads,
        named: [String: ContextReads]
    ) {
        self.bases = bases
        self.basesDoubt = basesDoubt
        self.context = context
        self.named = named
    }

    /// - Parameter name: Of the Dockerfile, for messages.
    /// - Throws: `StokerError` (`badInput`) with file and line for what no builder takes.
    public static func read(
        _ bytes: [UInt8], name: String, in surroundings: DockerfileSurroundings
    ) throws(StokerError) -> DockerfileReading {
        let head = DockerfileHead(bytes)
        var doubt = head.doubt ?? FrontEnd.doubt(argument: surroundings.arguments["BUILDKIT_SYNTAX"])
        let parse = UnifiedParse(bytes, name: name, escape: head.escape)
        let parser = parse.parser
        doubt = doubt ?? parse.doubt
        var plan = StagePlan()
        do throws(StokerError) {
            if let flaw = head.flaw { throw parser.flaw(flaw.words, line: flaw.line ?? 1) }
            if let error = parse.error { throw error }
            plan = try StagePlan(parser.instructions, of: parser, target: surroundings.target)
        } catch {
            // What a builder may understand after all is no error.
            if doubt == nil { throw error }
            plan = StagePlan(readable: parser.instructions)
        }
        var evaluation = DockerfileEvaluation(plan, escape: head.escape, in: surroundings)
        if let doubt { evaluation.widenAll(doubt) }
        evaluation.run()
        return evaluation.reading
    }
}
