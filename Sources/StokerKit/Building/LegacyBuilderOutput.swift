import StokerCore

/// Reads from the legacy builder's lines which containers and images it makes, one line after the other.
///
/// A step may print anything itself, also lines that look like the builder's, such as the log of another build. So what
/// comes while its container runs is passed over, up to the builder's word that it has removed this very container, which
/// follows every step with `--force-rm`. BuildKit and podman print nothing that is taken for a step.
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

    /// What the next line tells; `nil` for most.
    mutating func read(_ line: String) -> BuildNote? {
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
                state = .step(isNew: !isBase(line))
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
            return isNew ? .image(id) : nil
        }
        return nil
    }

    /// `Step 1/4 : FROM scratch AS base`: the instruction in the letters of the Dockerfile.
    private func isBase(_ line: String) -> Bool {
        let instruction = line.split(separator: " ", maxSplits: 4).dropFirst(3).first
        return instruction?.lowercased() == "from"
    }
}
