import StokerCore
import Subprocess
import SystemPackage

/// Finds locks that somebody has committed: a checkout would bring back a lock that nobody holds, and each build would
/// be a change of the working tree.
enum TrackedLock {
    /// Nothing but a warning waits for git, and that not for long.
    private static let patience = Duration.seconds(2)

    /// What to tell of the image's lock, and of those that other tools make in its place; `nil` when git tracks none of
    /// them, does not say so in time, or is not there.
    static func warning(_ image: ImageSettings, project: FilePath) async -> String? {
        // Saves the start of a program where there is no repository.
        guard GitActivity(project: project, home: nil) != nil else { return nil }
        var files = [image.lock]
        for name in [".docker_build.lock", ".docker_build.marker"]
        where !files.contains(project.appending(name)) {
            files.append(project.appending(name))
        }
        let tracked = await tracked(files, in: project)
        guard !tracked.isEmpty else { return nil }
        let names = tracked.joined(separator: " ")
        return "git tracks \(names), so a checkout can bring back a lock that nobody holds; run "
            + "`git rm --cached \(names)`, and add \(tracked.count == 1 ? "it" : "them") to .gitignore"
    }

    /// Those that are in the index, relative to the project.
    private static func tracked(_ files: [FilePath], in project: FilePath) async -> [String] {
        // What a repository's own settings would have git run is not run for a question.
        let arguments =
            [
                "-C", project.string, "--literal-pathspecs", "-c", "core.fsmonitor=false", "ls-files", "-z",
                "--",
            ]
            + files.map(\.string)
        // A hook that we may be called from has its own.
        let environment = Environment.inherit.updating([
            "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_INDEX_FILE": nil, "GIT_PREFIX": nil,
            "GIT_OPTIONAL_LOCKS": "0",
        ])
        let question = Task {
            let result = try await Subprocess.run(
                .name("git"), arguments: Arguments(arguments), environment: environment,
                output: .string(limit: 16 << 10), error: .discarded)
            return result.terminationStatus.isSuccess ? result.standardOutput : ""
        }
        let alarm = Task {
            try await Task.sleep(for: patience)
            question.cancel()
        }
        defer { alarm.cancel() }
        let output = (try? await question.childValue) ?? ""
        return output.split(separator: "\0").map { String($0).plain() }
    }
}
