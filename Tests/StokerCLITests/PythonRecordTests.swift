import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// Beside a Python program that keeps the same record by a hash of its own, as test suites did before Stoker.
    @Suite struct PythonRecordTests {
        /// Says `up to date`, or builds and writes the record, without a word of Stoker's.
        private static let helper = """
            import hashlib, json, subprocess, sys, time
            from pathlib import Path

            root, tag = Path(sys.argv[1]), sys.argv[2]
            record = root / ".docker_test_cache.json"

            def docker(*words):
                return subprocess.run(["docker", *words], cwd=root, check=True, capture_output=True, text=True).stdout

            def build_hash():
                sha = hashlib.sha256()
                for name in ["Dockerfile", "pyproject.toml", "missing.toml", "a"]:
                    if (root / name).exists():
                        sha.update((root / name).read_bytes())
                for file in (root / "sync").glob("*.py"):
                    sha.update(file.read_bytes())
                return sha.hexdigest()

            def is_up_to_date():
                try:
                    cache = json.loads(record.read_text())
                except (OSError, ValueError):
                    return False
                here = docker("images", "-q", tag).strip()
                return cache["image_id"] == here != "" and cache["build_hash"] == build_hash()

            if is_up_to_date():
                print("up to date")
            elif "--build" in sys.argv:
                docker("build", "-t", tag, ".")
                record.write_text(json.dumps({
                    "build_hash": build_hash(), "image_id": docker("images", "-q", tag).strip(),
                    "build_time": time.time(), "image_name": tag}))
                print("built")
            else:
                print("outdated")
            """

        /// Two of the hashed files are inputs of the image.
        private static func prepare(_ project: TestProject) throws {
            try project.writeSmallImage("COPY sync /sync\n")
            try project.write("pyproject.toml", "[project]\n")
            for name in ["b", "a", ".c", "d"] { try project.write("sync/\(name).py", name) }
            try project.write("sync/notes", "not hashed")
            try project.write(
                "stoker.yaml",
                "image: {build-hash: [Dockerfile, pyproject.toml, missing.toml, a, 'sync/*.py']}\n")
            try project.write("\(project.base)/helper.py", helper)
        }

        private static func ask(_ project: TestProject, _ more: String...) async throws -> String {
            let words = ["python3", "\(project.base)/helper.py", project.root, project.tag] + more
            let outcome = try await project.start(words).value()
            try #require(outcome.status == 0, "\(outcome.stderr)")
            return outcome.stdout.trimmingCharacters(in: .newlines)
        }

        @Test(arguments: [true, false])
        func `the helper finds the image of stoker up to date`(hasAgent: Bool) async throws {
            try await TestProject.with { project in
                try Self.prepare(project)
                if hasAgent { _ = try await TestAgent(project, project.root) }
                #expect(try await Self.ask(project) == "outdated")
                _ = try await project.warm()
                #expect(try await Self.ask(project) == "up to date")
                let builds = project.builds
                // An agent may still be looking, and be waited for.
                #expect(["hit", "waited"].contains(try await project.warm().outcome))
                #expect(project.builds == builds)
                try project.write("a", "second")
                #expect(try await Self.ask(project) == "outdated")
                _ = try await project.warm()
                #expect(try await Self.ask(project) == "up to date")
                // Back to an image that is kept; an agent may have been there before.
                try project.write("a", "first")
                let back = try await project.warm("--no-agent").outcome
                #expect((hasAgent ? ["hit", "waited", "restored"] : ["restored"]).contains(back))
                #expect(try await Self.ask(project) == "up to date")
                #expect(try await project.contentOfA() == "first")
            }
        }

        @Test(arguments: [true, false])
        func `a hashed file that is no input makes no build, and the helper is content again`(hasAgent: Bool)
            async throws
        {
            try await TestProject.with { project in
                try Self.prepare(project)
                if hasAgent { _ = try await TestAgent(project, project.root) }
                _ = try await project.warm()
                let builds = project.builds
                try project.write("pyproject.toml", "[project]\nversion = 2\n")
                // An agent may have been there before.
                let found = try await Self.ask(project)
                #expect(found == "outdated" || hasAgent && found == "up to date")
                #expect(["hit", "waited"].contains(try await project.warm().outcome))
                #expect(try await Self.ask(project) == "up to date")
                #expect(project.builds == builds)
                // Who does not want the hash any more has the inputs' digest again.
                try project.write("stoker.yaml", "image: {}\n")
                let answer = try await project.warm("--no-agent")
                #expect(["hit", "waited"].contains(answer.outcome))
                #expect(
                    project.text(".docker_test_cache.json").contains(answer.digest.dropFirst("sha256:".count))
                )
            }
        }

        @Test func `what the helper has built is looked at again, and both agree afterwards`() async throws {
            try await TestProject.with { project in
                try Self.prepare(project)
                #expect(try await Self.ask(project, "--build") == "built")
                #expect(try await Self.ask(project) == "up to date")
                // Its record may have come with the project, so it is no proof of whose the image is.
                try await project.stoker("warm").expectComplaint(65, project.tag, "--take-tag")
                let answer = try await project.warm("--take-tag")
                #expect(answer.reason == "the record was written by another program")
                #expect(try await Self.ask(project) == "up to date")
                #expect(try await project.warm().outcome == "hit")
                try project.write("a", "second")
                #expect(try await Self.ask(project, "--build") == "built")
                _ = try await project.warm()
                #expect(try await project.contentOfA() == "second")
                #expect(try await Self.ask(project) == "up to date")
            }
        }

        @Test func `an edit during a build is nothing that the helper takes for built`() async throws {
            try await TestProject.with { project in
                try Self.prepare(project)
                project.holdBuilds()
                let warm = try project.stokerStarted("warm", "--no-agent")
                try await warm.until("asked for a build") { project.builds > 0 }
                try project.write("sync/a.py", "edited")
                project.releaseBuilds()
                let outcome = try await warm.value()
                try #require(outcome.status == 0, "\(outcome.stderr)")
                #expect(try await Self.ask(project) == "outdated")
                _ = try await project.warm()
                #expect(try await Self.ask(project) == "up to date")
                #expect(try await project.content(of: "sync/a.py") == "edited")
            }
        }
    }
}
