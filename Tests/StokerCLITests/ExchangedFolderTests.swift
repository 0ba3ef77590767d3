import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// A folder that the configuration names is exchanged for a link out of the repository, after it was judged and
    /// before it is used: while `warm` waits for the lock.
    @Suite struct ExchangedFolderTests {
        private static let secret = "what nobody may read"

        /// The project, and outside of it folders of the same names with other files.
        private static func prepare(_ project: TestProject) throws {
            let configuration =
                "image: {tag: \(project.tag), context: in/ctx, dockerfile: ../../build/Dockerfile, "
                + "record: notes/record.json, lock: locks/my.lock}\n"
            try project.write("stoker.yaml", configuration)
            try project.write("build/Dockerfile", project.dockerfile("COPY a /a\n"))
            try project.write("in/ctx/a", "first")
            for folder in ["notes", "locks"] { try project.write(folder + "/any", "") }
            try project.write(
                project.base + "/outside/build/Dockerfile", project.dockerfile("COPY a /\(secret.count)\n"))
            try project.write(project.base + "/outside/in/ctx/a", secret)
            for name in ["notes/any", "locks/my.lock"] {
                try project.write(project.base + "/outside/" + name, "")
            }
        }

        private static func files(below folder: String) -> [String: Data] {
            var files: [String: Data] = [:]
            for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? [] {
                files[name] = FileManager.default.contents(atPath: folder + "/" + name)
            }
            return files
        }

        @Test(arguments: ["in", "in/ctx", "build", "notes", "locks"])
        func `nothing outside is read, made or removed`(folder: String) async throws {
            try await TestProject.with { project in
                try Self.prepare(project)
                let outside = project.base + "/outside"
                let before = Self.files(below: outside)
                let lock = project.root + "/locks/my.lock"
                let holder = try project.start(["flock", lock, "sleep", "600"])
                try await holder.until("held the lock") {
                    try await project.start(["flock", "-n", lock, "true"]).value().status == 1
                }
                let warm = try project.stokerStarted("warm", "--no-agent")
                try await warm.until("waited", within: .seconds(60)) { warm.stderr.contains("waiting for") }
                let place = project.root + "/" + folder
                try FileManager.default.moveItem(atPath: place, toPath: place + ".real")
                try FileManager.default.createSymbolicLink(
                    atPath: place, withDestinationPath: outside + "/" + folder)
                holder.signalGroup(SIGTERM)
                _ = try await holder.value()

                let outcome = try await warm.value()
                // An image whose record cannot be written is there all the same, and the record's place is told.
                let statuses: [Int32] = folder == "notes" ? [0] : [65, 73]
                #expect(statuses.contains(outcome.status), "\(outcome.status): \(outcome.stderr)")
                #expect(outcome.stderr.contains("symbolic link"), "\(outcome.stderr)")
                #expect(Self.files(below: outside) == before)
                let copies = Self.files(below: project.base + "/cache")
                #expect(!copies.values.contains { $0.range(of: Data(Self.secret.utf8)) != nil })
                if folder != "notes" { #expect(try await project.imageID() == nil) }

                // Put back, it is built.
                try FileManager.default.removeItem(atPath: place)
                try FileManager.default.moveItem(atPath: place + ".real", toPath: place)
                #expect(try await project.warm("--no-agent").outcome != "failed")
            }
        }
    }
}
