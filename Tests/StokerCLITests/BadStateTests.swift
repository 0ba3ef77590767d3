import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// Broken records, read-only projects, full disks.
    @Suite struct BadStateTests {
        @Test(arguments: ["", "{", "[]", "null", "\u{0}\u{1}", #"{"build_hash": 7}"#])
        func `a broken record is told, and written anew with the right image`(content: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let first = try await project.warm()
                try project.write(project.record, content)
                let outcome = try await project.stoker("warm")
                #expect(outcome.status == 0)
                #expect(outcome.stdout == project.tag + "\n")
                #expect(outcome.stderr.contains("warning: the record \(project.record) could not be used"))
                let next = try await project.warm()
                #expect(next.outcome == "hit")
                #expect(next.digest == first.digest)
                #expect(next.warnings.isEmpty)
            }
        }

        @Test func `a record that another program wrote proves nothing`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {keep: 0}\n")
                let first = try await project.warm()
                let hash = first.digest.dropFirst("sha256:".count)
                let id = first.imageID.dropFirst("sha256:".count).prefix(12)
                try project.write(
                    project.record,
                    #"{"build_hash": "\#(hash)", "image_id": "\#(id)", "build_time": 1.5, "image_name": "\#(project.tag)"}"#
                )
                let answer = try await project.warm()
                #expect(answer.outcome == "built")
                #expect(answer.reason == "the record was written by another program")
            }
        }

        @Test func `a record that is a link is not followed, and what it leads to is not touched`()
            async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("precious", "mine")
                try FileManager.default.createSymbolicLink(
                    atPath: project.record, withDestinationPath: "precious")
                let outcome = try await project.stoker("warm")
                #expect(project.text("precious") == "mine")
                if outcome.status == 0 {
                    #expect(try await project.warm().outcome == "hit")
                } else {
                    outcome.expectComplaint(65, project.record)
                }
            }
        }

        private static let readOnly = "mount --bind . . && mount -o remount,ro,bind . && cd . && "

        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded))
        func `in a read-only project a hit works`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await project.warm()
                let outcome = try await project.shell(
                    "\(Self.readOnly) cd \(project.root) && exec $stoker warm", as: ["unshare", "--mount"])
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(outcome.stdout == project.tag + "\n")
                #expect(outcome.stderr.isEmpty)
            }
        }

        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded))
        func `in a read-only project a miss says what to do`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let outcome = try await project.shell(
                    "\(Self.readOnly) cd \(project.root) && exec $stoker warm", as: ["unshare", "--mount"])
                outcome.expectComplaint(
                    73, "cannot open the lock file \(project.lock): Read-only file system", "lock:")
                #expect(project.builds == 0)
            }
        }

        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded))
        func `a disk that is full when the record is written costs the old record nothing`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {record: r/rec.json}\n")
                try project.write(".dockerignore", "r\n")
                try FileManager.default.createDirectory(
                    atPath: project.root + "/r", withIntermediateDirectories: false)
                let outcome = try await project.shell(
                    """
                    set -e
                    mount -t tmpfs -o size=64k none r
                    $stoker warm >/dev/null 2>&1
                    cp r/rec.json ../out/before
                    printf other >a
                    dd if=/dev/zero of=r/fill bs=1k 2>/dev/null || true
                    $stoker warm; echo "status $?"
                    cmp r/rec.json ../out/before && echo kept
                    ls -A r
                    rm r/fill
                    $stoker warm 2>/dev/null
                    $stoker warm --json 2>/dev/null | grep -o '"outcome":"[a-z]*"'
                    """, as: ["unshare", "--mount"])
                #expect(
                    outcome.stdout
                        == "\(project.tag)\nstatus 0\nkept\nfill\nrec.json\n\(project.tag)\n\"outcome\":\"hit\"\n",
                    "\(outcome.stderr)")
                let complaint = try #require(outcome.complaints.last)
                #expect(
                    complaint
                        == "stoker: warning: other programs may take the image for outdated: "
                        + "cannot write \(project.root)/r/rec.json: No space left on device; "
                        + "free some space on that file system and run the command again")
                #expect(try await project.contentOfA() == "other")
            }
        }

        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded))
        func `with a full cache a miss says so, and a hit works`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage("COPY . /all\n")
                _ = try await project.warm()
                try project.write("big", String(repeating: "x", count: 200_000))
                let outcome = try await project.shell(
                    """
                    mount -t tmpfs -o size=64k none ../cache
                    $stoker warm; echo "status $?"
                    dd if=/dev/zero of=../cache/fill bs=1k 2>/dev/null
                    rm big
                    $stoker warm; echo "status $?"
                    """, as: ["unshare", "--mount"])
                #expect(outcome.stdout == "status 73\n\(project.tag)\nstatus 0\n", "\(outcome.stderr)")
                #expect(outcome.complaints.count == 1)
                #expect(outcome.stderr.contains("No space left on device; free some space"))
                #expect(outcome.stderr.contains(project.base + "/cache"))
            }
        }
    }
}
