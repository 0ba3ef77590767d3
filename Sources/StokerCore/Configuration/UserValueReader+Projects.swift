import SystemPackage

extension UserValueReader {
    func projects(_ value: ConfigurationValue) throws -> [UserProject] {
        var projects = [UserProject]()
        for entry in try value.map("a map from the projects' folders to what they are granted").entries {
            guard let folder = expand(entry.key) else {
                throw entry.location.error(
                    "found the project \(entry.key.quoted), expected its folder's absolute path")
            }
            // A folder that is not there now (an unmounted disk) is no reason to fail for all the others.
            let root = (try? ProjectBoundary.resolve(folder)) ?? folder
            guard !projects.contains(where: { $0.root == root }) else {
                throw entry.location.error(
                    "found the project \(root.printable) more than once", nextStep: "keep one of them")
            }
            projects.append(try project(root, entry.value))
        }
        return projects
    }

    private func project(_ root: FilePath, _ value: ConfigurationValue) throws -> UserProject {
        var project = UserProject(root: root)
        if value.isNull { return project }
        let keys = (["allow", "reaping", "secrets", "ssh"] + BuildGrant.keys).sorted()
        let map = try value.map(
            "nothing or a map with the keys \(keys.dropLast().joined(separator: ", ")) and \(keys[keys.count - 1])"
        )
        try map.check(known: keys)
        project.secrets = try map["secrets"]?.elements("a list of secrets").map(secret) ?? []
        project.ssh = try map["ssh"]?.elements("a list of ssh agents or keys").map(ssh) ?? []
        project.allow =
            try map["allow"]?.elements("a list of absolute paths").map { try path($0, "an absolute path") }
            ?? []
        project.reaping = try map["reaping"].map(ReapOptions.init(reading:)) ?? ReapOptions()
        project.build = try BuildGrant(reading: map)
        return project
    }

    /// `id=npm,src=/home/me/.npmrc`. Its source has to be told: what the builder falls back on depends on
    /// where it is started, and builds are started in a folder of Stoker's own.
    private func secret(_ value: ConfigurationValue) throws -> String {
        let expected = "a secret such as id=npm,src=/home/me/.npmrc"
        let text = try value.string(expected)
        var fields = [String]()
        var names = Set<String>()
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equals = field.firstIndex(of: "="), !text.contains("\"") else {
                throw value.mismatch(expected: expected)
            }
            let name = String(field[..<equals])
            let content = String(field[equals...].dropFirst())
            guard ["id", "src", "source", "env", "type"].contains(name), !content.isEmpty,
                names.insert(name == "source" ? "src" : name).inserted
            else { throw value.mismatch(expected: expected) }
            if name == "src" || name == "source" {
                fields.append("src=" + (try source(content, of: value)))
            } else {
                fields.append(String(field))
            }
        }
        guard names.contains("id") else { throw value.mismatch(expected: expected) }
        guard names.contains("src") || names.contains("env") else {
            throw value.error(
                "found the secret \(text.quoted) without a source, expected src=/absolute/path or env=NAME")
        }
        return fields.joined(separator: ",")
    }

    /// `default`, which is the agent of SSH_AUTH_SOCK, or `id=/path,/path`.
    private func ssh(_ value: ConfigurationValue) throws -> String {
        let expected = "default, or id=/absolute/path"
        let text = try value.string(expected)
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = parts.first, ImageValueReader.isName(String(id), also: "_.-"), !text.contains("\"")
        else { throw value.mismatch(expected: expected) }
        guard parts.count == 2 else { return text }
        let paths = try parts[1].split(separator: ",", omittingEmptySubsequences: false).map {
            try source(String($0), of: value)
        }
        return "\(id)=\(paths.joined(separator: ","))"
    }

    private func source(_ text: String, of value: ConfigurationValue) throws -> String {
        guard let path = expand(text) else {
            throw value.error("found the path \(text.quoted), expected an absolute one")
        }
        return path.string
    }
}
