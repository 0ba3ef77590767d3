import StokerAgent
import StokerCore
import StokerKit

/// How long each image's lock may be waited for: what the command line says, or else the environment, or else
/// `stoker.yaml`.
struct LockTimeouts {
    static let variable = "STOKER_LOCK_TIMEOUT"

    private let forAll: Double?
    private let settings: ProjectSettings

    /// - Throws: `StokerError` (`usage`) for a variable that is no time.
    init(option: Double?, environment: [String: String], settings: ProjectSettings) throws {
        self.settings = settings
        if let option {
            forAll = option
        } else if let text = environment[LockTimeouts.variable], !text.isEmpty {
            guard let seconds = Double(text), (0...WarmQuestion.longestTimeout).contains(seconds) else {
                throw StokerError(
                    .usage,
                    "found \(LockTimeouts.variable)=\(text.plain()) in the environment, expected seconds from 0 to "
                        + "\(Int(WarmQuestion.longestTimeout))",
                    nextStep: "correct it or unset it")
            }
            forAll = seconds
        } else {
            forAll = nil
        }
    }

    func seconds(of name: String) -> Double {
        let own = settings.images.first { $0.name == name }?.lockTimeout
        return forAll ?? (own ?? WarmRequest.standardLockTimeout) / .seconds(1)
    }
}
