import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// A builder that finds no match in a folder goes on, and stops where the folder itself is missing.
@Suite struct EmptyMatchTests {
    @Test(arguments: [
        "COPY lib/* a /d/", "COPY lib/deep/*.py a /d/", "COPY l[i]b/*/x a /d/", "COPY link/* a /d/",
    ])
    func aFolderOnTheWayIsInTheCopy(instruction: String) throws {
        let project = TestProject()
        project.write("Dockerfile", "FROM scratch\n\(instruction)\n")
        project.write("a")
        project.folder("lib", mode: 0o750)
        project.folder("lib/deep")
        project.link("link", to: "lib/deep")
        let (copy, snapshot) = try project.checkedCopy()
        let place = instruction.contains("deep") || instruction.contains("link") ? "lib/deep" : "lib"
        #expect(try snapshot.status(place)?.kind == .directory)
        // What is not copied into the image is no input.
        #expect(!copy.inputs.entries.contains { $0.path.name.elementsEqual("lib".utf8) })
    }

    @Test func aFolderThatIsLeftOutStaysOut() throws {
        let project = TestProject()
        project.write("Dockerfile", "FROM scratch\nCOPY lib/* a /d/\n")
        project.write(".dockerignore", "lib\n")
        project.write("a")
        project.folder("lib")
        let (_, snapshot) = try project.checkedCopy()
        #expect(try snapshot.status("lib") == nil)
    }
}
