import ArgumentParser
import Dispatch
import Foundation
import StokerCore
import StokerKit

/// The command line: parses, calls one function, renders.
struct Stoker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stoker",
        abstract: "Keeps a project's Docker test images hot and rakes out the ash.",
        discussion: """
            Start an agent in your project, and let your tests ask for the image:

              stoker agent &
              docker run --rm --name "$(stoker name sync)" "$(stoker warm)" pytest
            """,
        version: StokerVersion.text,
        subcommands: [
            WarmCommand.self, RunCommand.self, AgentCommand.self, StatusCommand.self, ReapCommand.self,
            NameCommand.self,
            InputsCommand.self, UnlockCommand.self,
        ])
}

enum StokerVersion {
    static let text = "0.1.0"
}

@main
enum Main {
    static func main() {
        LeasedStart.takeRoleIfAsked()
        // A reader of ours that goes away (`stoker inputs | head`) is no reason for a crash report.
        signal(SIGPIPE, SIG_IGN)
        guard case .unanswered(let missed) = ShortWay.answer() else { return }
        // Before there are other threads, and before anything is opened.
        let relay = RunCommand.isAsked ? SignalRelay() : nil
        if relay != nil { _ = LeasedStart.inherited }
        // Not on the main thread, which has something else to do.
        Task.detached {
            await RunCommand.$signals.withValue(relay) { await run(missed) }
            exit(0)
        }
        if let relay { relay.listen() } else { dispatchMain() }
    }

    /// - Parameter missed: an image that the short way has found to be missing.
    private static func run(_ missed: String?) async {
        do {
            try await ImageWarming.$missed.withValue(missed) { try await runCommand() }
        } catch let error as StokerError {
            end(error)
        } catch is CancellationError {
            Diagnostics.error("interrupted")
            exit(StokerError.Code.interrupted.rawValue)
        } catch let error as SystemCallError {
            end(error.stokerError(.cannotWrite))
        } catch  where Stoker.exitCode(for: error) == .failure {
            // Neither a mistake on the command line nor a failure that we know.
            end(StokerError(.internalFault, "a fault of Stoker's own", cause: "\(error)"))
        } catch {
            Stoker.exit(withError: error)
        }
    }

    private static func runCommand() async throws {
        var command = try Stoker.parseAsRoot()
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    }

    private static func end(_ error: StokerError) -> Never {
        Diagnostics.error(error.description)
        exit(error.code.rawValue)
    }
}
