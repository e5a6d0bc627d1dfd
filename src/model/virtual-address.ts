/** Part of the image of kube-vip. A static pod of it says its virtual address in its environment, and nowhere else. */
export const KUBE_VIP = 'kube-vip';
export const KUBE_VIP_ADDRESS = /^(?:vip_)?address$/;

/** Software that lets an address move between machines. */
export const announces = (image: string): boolean => image.includes(KUBE_VIP) || image.includes('keepalived');

/** Variables by which it is told that address. */
export const namesVirtualAddress = (variable: string): boolean => KUBE_VIP_ADDRESS.test(variable) || /virtual_ip/i.test(variable);
