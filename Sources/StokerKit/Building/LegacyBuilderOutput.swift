import StokerCore

/// Reads from the legacy builder's lines which containers and images it makes, one line after the other.
///
/// A step may print anything itself, also lines that look like the builder's, such as the log of another build. So what
/// comes while its container runs is passed over, up to the builder's word that it has removed this very container, which
/// follows every step with `--force-rm`. BuildKit and podman print nothing that is taken for a step.
///
/// A step can know its own container's ID, and print that word too. So no word is certain that comes after a step that
/// could print.
struct LegacyBuilderOutput: Sendable {
    private enum State {
        /// Before the first step, or after a step's image.
        case between
        /// Within a step. The image that ends it is new, unless it is a base (`FROM`) or the cache's.
        case step(isNew: Bool)
        /// In this container of a step, which prints what it likes.
        case container(BuilderID, isNew: Bool)
    }
    private var state = State.between
    /// In small letters; `nil` before the first.
    private var instruction: String?
    /// The image that the next step is built on.
    private var latest: BuilderID?
    private var couldPrint = false

    /// Instructions whose containers are never started, so that nothing prints in them. Below a `FROM` stand the
    /// triggers of the base image, which may be any.
    private static let quiet: Set = [
        "add", "arg", "cmd", "copy", "entrypoint", "env", "expose", "healthcheck", "label", "maintainer",
        "shell", "stopsignal", "user", "volume", "workdir",
    ]

    /// What the next line tells; `nil` for most.
    mutating func read(_ line: String) -> BuilderWord? {
        let (parent, isCertain) = (latest, !couldPrint)
        guard let note = note(line) else { return nil }
        guard case .container = note else { return BuilderWord(note, isCertain: isCertain) }
        if !LegacyBuilderOutput.quiet.contains(instruction ?? "") { couldPrint = true }
        return BuilderWord(note, on: parent, isCertain: isCertain)
    }

    private mutating func note(_ line: String) -> BuildNote? {
        switch state {
        case .container(let id, let isNew):
            // After what the step printed without a line break. An error may follow: then it is tried again later.
            // Newer engines have removed it when they say so.
            let words = ["Removing", "Removed"].map { "\($0) intermediate container \(id)" }
            guard let end = words.first(where: { line.contains($0) }) else { return nil }
            state = .step(isNew: isNew)
            return line.hasSuffix(end) ? .removed(id) : nil
        case .between, .step:
            if BuildStep.parse(line) != nil, line.hasPrefix("Step ") {
                instruction = LegacyBuilderOutput.instruction(line)
                if instruction == "from" { latest = nil }
                state = .step(isNew: instruction != "from")
                return nil
            }
        }
        guard case .step(let isNew) = state, line.hasPrefix(" ---> ") else { return nil }
        let words = line.dropFirst(" ---> ".count)
        if words == "Using cache" {
            state = .step(isNew: false)
        } else if words.hasPrefix("Running in "), let id = BuilderID(words.dropFirst("Running in ".count)) {
            state = .container(id, isNew: isNew)
            return .container(id)
        } else if let id = BuilderID(words) {
            state = .between
            latest = id
            return isNew ? .image(id) : nil
        }
        return nil
    }

    /// `Step 1/4 : FROM scratch AS base`: the instruction in the letters of the Dockerfile.
    private static func instruction(_ line: String) -> String? {
        line.split(separator: " ", maxSplits: 4).dropFirst(3).first?.lowercased()
    }
}
