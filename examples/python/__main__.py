"""The quickstart in Python, by the provider as a plugin."""

import pulumi
import pulumi_kubevirt as kubevirt

# Every machine labelled size=small gets one core and 128 MiB, unless it says otherwise.
small = kubevirt.VirtualMachinePreset(
    "small",
    metadata={"name": "py.small"},
    spec={
        "selector": {"match_labels": {"size": "small"}},
        "domain": {"cpu": {"cores": 1}, "resources": {"requests": {"memory": "128Mi"}}},
    },
)

# The guest runs this at its first boot; it answers on port 80 with what is in /run/greeting.
user_data = """#!/bin/sh
echo "Hello from $(hostname), told by cloud-init" > /run/greeting
"""

web = kubevirt.VirtualMachine(
    "web",
    metadata={"name": "web-py", "labels": {"size": "small"}},
    spec={
        "domain": {
            "devices": {
                "disks": [
                    {"name": "root", "volume_name": "root", "disk": {"bus": "virtio"}},
                    {"name": "seed", "volume_name": "seed", "cdrom": {"bus": "sata"}},
                ]
            }
        },
        "volumes": [
            # A throw-away copy of the image that `virtctl image import guest.qcow2 --name tiny` made a claim of.
            {"name": "root", "ephemeral": {"persistent_volume_claim": {"claim_name": "tiny"}}},
            {"name": "seed", "cloud_init_no_cloud": {"user_data": user_data}},
        ],
    },
    # Pulumi shows a plugin one resource after the other: presets come before the machines that they concern.
    opts=pulumi.ResourceOptions(depends_on=[small]),
)

pulumi.export("ip", web.ip_address)
pulumi.export("phase", web.phase)
pulumi.export("found", kubevirt.get_virtual_machine_output(name=web.metadata.name, namespace=web.metadata.namespace).phase)
