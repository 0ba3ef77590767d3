import Foundation
@testable import StokerKit
import SystemPackage
import TestSupport

/// Local images to build on, and the label by which all that a run leaves on the engine is known.
struct FuzzBases {
    /// `key=value`, of this run alone.
    let label: String
    /// References of images with a shell, all different.
    let variants: [String]
    let probe: ContainerAttributes
    /// Goes with what is in it.
    private let project: TestProject

    private static let texts = [
        "", "ENV V=lib V1=a W=src\n", "ONBUILD COPY a* /onb/\n",
        "ENV V=b\nONBUILD ARG W=src\nONBUILD COPY . /onb/\n",
    ]

    /// Builds them with the first client.
    static func make() throws -> FuzzBases {
        let nonce = TestEngine.unique("")
        let label = "dev.stoker.fuzz=\(nonce)"
        let project = TestProject()
        project.folder("etc")
        var variants: [String] = []
        for (number, text) in FuzzBases.texts.enumerated() {
            let variant = "stoker-fuzz:\(nonce)-variant\(number)"
            project.write("etc/base.txt", variant)
            project.write("Dockerfile", "FROM \(TestEngine.base)\nLABEL \(label)\nCOPY etc /etc\n\(text)")
            try TestEngine.build(variant, in: project.root)
            variants.append(variant)
        }
        // The engine may run in a root of its own, which has no busybox but sees the temporary folder.
        let tools = project.folder.appending("tools")
        let copied = try Command(
            "install", "-D", TestEngine.busybox, tools.appending("busybox").string)
        guard copied.status == 0 else { throw TestEngine.Failure(description: copied.errors) }
        return FuzzBases(
            label: label, variants: variants, probe: ContainerAttributes(folder: tools), project: project)
    }

    /// Has every round's images, and none of the bases.
    static let roundLabel = "dev.stoker.fuzz.round"

    /// Removes every image of this run, and the containers of failed builds.
    func removeAll() throws { try FuzzBases.removeImages(labelled: [label]) }

    /// Removes those of its rounds. None may be building: containerd's image store loses layers of an image that is
    /// built while another one that has them goes.
    func removeRounds() throws { try FuzzBases.removeImages(labelled: [label, FuzzBases.roundLabel]) }

    /// Removes every image with all of the labels, also those that have lost their tags, and the containers of them.
    /// Parents go after their children, so it takes several passes.
    private static func removeImages(labelled labels: [String]) throws {
        let filter = "{\"label\":[\(labels.map { "\"\($0)\"" }.joined(separator: ","))]}"
        let query = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        for container in try FuzzBases.list("/containers/json?all=1&filters=\(query)") {
            _ = try EngineSocket.ask("DELETE", "/containers/\(container)?force=1&v=1")
        }
        var before = Int.max
        while true {
            let images = try FuzzBases.list("/images/json?all=1&filters=\(query)")
            if images.isEmpty || images.count >= before { return }
            before = images.count
            for image in images { _ = try EngineSocket.ask("DELETE", "/images/\(image)?force=1") }
        }
    }

    private static func list(_ path: String) throws -> [String] {
        let answer = try EngineSocket.ask("GET", path).json() as? [[String: Any]] ?? []
        return answer.compactMap { $0["Id"] as? String }
    }
}
