import StokerCore
import SystemPackage

/// The explanation of one path, as `stoker inputs --why` prints it.
struct PathAnswer: Renderable {
    private let explanation: PathExplanation

    /// - Parameter project: Paths below it are shown relative to it.
    init(_ explanation: PathExplanation, project: FilePath) {
        let prefix = project.string + "/"
        func short(_ text: String) -> String { text.replacing(prefix, with: "") }
        var explanation = explanation
        explanation.path = short(explanation.path)
        explanation.reasons = explanation.reasons.map { reason in
            var reason = reason
            reason.file = reason.file.map(short)
            reason.words = short(reason.words)
            return reason
        }
        self.explanation = explanation
    }

    var text: String? {
        let verdict = explanation.isInput ? "is an input" : "is no input"
        let existence = explanation.isThere ? "" : " (nothing is there now)"
        return explanation.reasons.map {
            let context = $0.context.isEmpty ? "" : "in the build context \($0.context) "
            return "\(explanation.path)\(existence) \(verdict): \(context)\($0.words)".plain()
        }.joined(separator: "\n")
    }

    func encode(to encoder: any Encoder) throws { try explanation.encode(to: encoder) }
}
