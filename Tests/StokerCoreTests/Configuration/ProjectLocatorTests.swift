import Foundation
import SystemPackage
import Testing

@testable import StokerCore

@Suite struct ProjectLocatorTests {
    @Test(arguments: ["stoker.yaml", "Dockerfile"])
    func theNearestFolderWithEitherFileIsTheProject(name: String) throws {
        let fixture = try ConfigurationFixture()
        let below = fixture.root.appending("a/b")
        try fixture.folder(below)
        try fixture.write("", fixture.root.appending(name))
        try fixture.write("", fixture.repository.appending("stoker.yaml"))
        try fixture.write("", fixture.repository.appending("Dockerfile"))
        #expect(try ProjectLocator.find(from: below) == fixture.root)
        #expect(try ProjectLocator.find(from: fixture.root) == fixture.root)
        #expect(try ProjectLocator.find(from: fixture.repository) == fixture.repository)
    }

    @Test func aDockerfileNearbyBeatsAConfigurationFurtherUp() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("", fixture.repository.appending("stoker.yaml"))
        try fixture.write("", fixture.root.appending("Dockerfile"))
        #expect(try ProjectLocator.find(from: fixture.root) == fixture.root)
    }

    @Test func aFolderCalledDockerfileMakesNoProject() throws {
        let fixture = try ConfigurationFixture()
        try fixture.folder(fixture.root.appending("Dockerfile"))
        try fixture.write("", fixture.repository.appending("Dockerfile"))
        #expect(try ProjectLocator.find(from: fixture.root) == fixture.repository)
    }

    @Test func whateverIsCalledStokerYamlMakesAProject() throws {
        let fixture = try ConfigurationFixture()
        try fixture.link(fixture.root.appending("stoker.yaml"), to: "nowhere")
        #expect(try ProjectLocator.find(from: fixture.root) == fixture.root)
    }

    @Test func theSearchStartsWhereALinkLeads() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("", fixture.root.appending("Dockerfile"))
        try fixture.folder(fixture.root.appending("deep"))
        try fixture.link(fixture.home.appending("way"), to: fixture.root.appending("deep").string)
        #expect(try ProjectLocator.find(from: fixture.home.appending("way")) == fixture.root)
    }

    @Test func withoutEitherFileTheSearchSaysWhereItLooked() throws {
        let fixture = try ConfigurationFixture()
        #expect(
            fixture.failure { try ProjectLocator.find(from: fixture.root) }
                == "found neither a stoker.yaml nor a Dockerfile in ROOT or a folder above it; name the "
                + "project's folder with -C DIR, or create a Dockerfile or a stoker.yaml")
    }

    @Test func anExplicitFolderIsTakenAsItIs() throws {
        let fixture = try ConfigurationFixture()
        try fixture.link(fixture.home.appending("way"), to: fixture.root.string)
        #expect(try ProjectLocator.explicit(fixture.root) == fixture.root)
        #expect(try ProjectLocator.explicit(fixture.home.appending("way/../app/.")) == fixture.root)
        let current = try FilePath(FileManager.default.currentDirectoryPath).resolvingSymbolicLinks()
        #expect(try ProjectLocator.explicit(".") == current)
    }

    @Test func whatIsNoFolderIsRefused() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("", fixture.root.appending("file"))
        #expect(
            fixture.failure { try ProjectLocator.explicit(fixture.root.appending("file")) }
                == "cannot use ROOT/file as a project's folder: it is not a directory; name the directory "
                + "that it is in")
        #expect(
            fixture.failure { try ProjectLocator.explicit(fixture.root.appending("none")) }
                == "cannot use ROOT/none as a project's folder: No such file or directory; name an existing "
                + "directory")
        #expect(fixture.failure { try ProjectLocator.explicit("") } != nil)
    }
}
