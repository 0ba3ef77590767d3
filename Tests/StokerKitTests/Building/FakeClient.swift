import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport

extension TestProject {
    /// A client program beside the project that does what `script` says; `sh` runs it.
    ///
    /// Another process writes it: a descriptor of ours that is open for writing could be inherited by a child
    /// that another test forks meanwhile, and the kernel runs no file that is being written.
    func program(_ script: String, name: String = "docker") -> String {
        write("../\(name).text", "#!/bin/sh\n\(script)\n")
        let path = folder.appending(name).string
        let status = try? Command("install", "-m", "755", path + ".text", path).status
        precondition(status == 0, "cannot install \(path)")
        return path
    }

    /// What a program has left in a file beside the project.
    func left(_ name: String) throws -> String {
        let bytes = try HeldFile(folder.appending(name).string, O_RDONLY).readAll(limit: 1 << 20)
        return String(decoding: bytes, as: UTF8.self)
    }
}
