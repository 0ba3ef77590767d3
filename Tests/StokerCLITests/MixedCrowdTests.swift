import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// Everybody who knows `flock` on one lock file, all at once.
    @Suite(.timeLimit(.minutes(60))) struct MixedCrowdTests {
        /// Whoever holds the lock on the file that has the name makes the folder `$inside`, and removes it before
        /// the lock is let go. Two at once cannot both make it.
        ///
        /// A file that has lost its name may well be locked beside; so the two that only know flock look, as
        /// Stoker does, whether it is the one that has the name.
        private static let shell = """
            done=0
            while [ $done -lt 20 ]; do
                exec 9>>"$lock"
                flock 9 || exit
                if [ "$(stat -Lc %d:%i /dev/fd/9)" = "$(stat -c %d:%i "$lock" 2>/dev/null)" ]; then
                    mkdir "$inside" && rmdir "$inside" || exit
                    done=$((done + 1))
                fi
                exec 9>&-
            done
            """
        private static let python = """
            import fcntl, os
            lock, inside, done = os.environ['lock'], os.environ['inside'], 0
            while done < 40:
                with open(lock, 'a') as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    try:
                        is_named = os.path.samestat(os.stat(lock), os.fstat(file.fileno()))
                    except FileNotFoundError:
                        is_named = False
                    if is_named:
                        os.mkdir(inside)
                        os.rmdir(inside)
                        done += 1
                    fcntl.flock(file, fcntl.LOCK_UN)
            """
        private static let client = """
            #!/bin/sh
            [ "$1" = build ] || exec "$client" "$@"
            mkdir "$inside" || exit 97
            "$client" "$@"
            status=$?
            rmdir "$inside" || exit 98
            echo >>"$inside.builds"
            exit $status
            """
        private static let stoker = """
            for round in 1 2 3; do
                echo $$ $round >../out/new.$$
                mv ../out/new.$$ a
                $stoker warm --no-agent || exit
            done
            """

        @Test func `stoker, Python and flock exclude each other, and all come to their turns`() async throws {
            try await TestProject.with { project in
                try project.write("stoker.yaml", "image: {keep: 0}\n")
                try project.writeSmallImage()
                let (bin, inside) = (project.base + "/bin", project.base + "/out/inside")
                try project.write(bin + "/docker", Self.client)
                chmod(bin + "/docker", 0o755)
                let environment = [
                    "PATH": bin + ":" + (project.environment["PATH"] ?? ""), "client": project.client,
                    "stoker": TestEngine.program, "lock": project.lock, "inside": inside,
                ]
                let crowd = [
                    TestEngine.programFolder + "/WarmCrowd", "lock", project.lock, "4", "15", inside,
                ]
                let kinds = [crowd, ["sh", "-c", Self.shell], ["python3", "-c", Self.python]]
                var running = try (kinds + kinds).map { try project.start($0, environment: environment) }
                running += try (0..<2).map { _ in
                    try project.start(["sh", "-c", Self.stoker], environment: environment)
                }
                for process in running {
                    let outcome = try await process.value(within: .seconds(600))
                    #expect(outcome.status == 0, "\(outcome.stderr)")
                }
                #expect(project.text(inside + ".builds").count == project.builds)
                #expect(project.builds > 0)
                #expect(!project.exists(inside))
                #expect(try await project.contentOfA() == project.text("a"))
            }
        }
    }
}
