import Foundation
import StokerCore
import SystemPackage
import TestSupport

/// Reads the extended attributes that a container of an image sees.
///
/// Of all attributes engines write `security.capability` alone into the layers that they save, but a container sees
/// those of its files that the builder has kept: user.* and the access control lists. So a container is started, and
/// its files are looked at from outside, in `/proc/<its process>/root`. That needs root.
struct ContainerAttributes {
    /// Holds `busybox`; where the engine sees it too.
    let folder: FilePath

    static var areReadable: Bool { geteuid() == 0 }

    /// - Returns: By path, where there are any.
    func read(_ reference: String, _ paths: [[UInt8]]) throws -> [[UInt8]: [String: [UInt8]]] {
        let body: [String: Any] = [
            "Image": reference, "Entrypoint": ["/.stoker-probe/busybox", "sleep", "600"], "User": "0",
            "WorkingDir": "/",
            "HostConfig": ["Binds": ["\(folder):/.stoker-probe:ro"], "NetworkMode": "none"],
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        let created = try EngineSocket.ask("POST", "/containers/create", body: text)
        guard created.status == 201, let answer = try created.json() as? [String: Any],
            let container = answer["Id"] as? String
        else { throw TestEngine.Failure(description: "cannot create a container of \(reference)") }
        defer { _ = try? EngineSocket.ask("DELETE", "/containers/\(container)?force=1&v=1") }
        let started = try EngineSocket.ask("POST", "/containers/\(container)/start")
        let shown = try EngineSocket.ask("GET", "/containers/\(container)/json").json() as? [String: Any]
        guard started.status == 204, let state = shown?["State"] as? [String: Any],
            let process = state["Pid"] as? Int, process > 0
        else {
            throw TestEngine.Failure(
                description: "cannot start a container of \(reference): "
                    + String(decoding: started.body, as: UTF8.self))
        }
        var found: [[UInt8]: [String: [UInt8]]] = [:]
        for path in paths {
            let attributes = FileAttributes.all(Array("/proc/\(process)/root/".utf8) + path)
            // The others are the engine's own, or the machine's.
            let kept = attributes.filter { name, _ in
                name.hasPrefix("user.") || name.hasPrefix("system.posix_acl_")
                    || name == "security.capability"
            }
            if !kept.isEmpty { found[path] = kept }
        }
        return found
    }
}
