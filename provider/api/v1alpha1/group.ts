/** The API group and version of every kind in this folder. */

export const group = "kubevirt.io";
export const version = "v1alpha1";
export const apiVersion = "kubevirt.io/v1alpha1";
